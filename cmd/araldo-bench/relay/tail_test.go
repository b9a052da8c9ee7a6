package relay

import (
	"strings"
	"testing"
)

func TestTailTellsOnceThatTheRelayIsReady(t *testing.T) {
	out := newTail("is ready")
	for _, text := range []string{"starting\nit is r", "eady: 2 endpoints\n", "it is ready still\n"} {
		if _, err := out.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(out.found); n != 1 {
		t.Errorf("told %d times", n)
	}
	if len(newTail("").found) != 0 {
		t.Error("told without anything to wait for")
	}
}

func TestTailKeepsTheEnd(t *testing.T) {
	out := newTail("")
	for range 3 {
		_, _ = out.Write([]byte(strings.Repeat("x", keptOutput-1) + "\n"))
	}
	_, _ = out.Write([]byte("the cause"))
	if text := out.String(); !strings.HasSuffix(text, "x\nthe cause") || len(text) > keptOutput {
		t.Errorf("%d bytes, the last %q", len(text), text[len(text)-20:])
	}
}
