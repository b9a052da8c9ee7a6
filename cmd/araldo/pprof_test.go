package main

import (
	"os"
	"strings"
	"testing"
)

func TestATerminalGetsNoBinary(t *testing.T) {
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	var told strings.Builder
	code := run([]string{"pprof", "hub", "heap"}, terminal, &told)
	if code != exitUsage || !strings.Contains(told.String(), "`araldo pprof hub heap > heap.pprof`") {
		t.Errorf("%d: %s", code, told.String())
	}
}
