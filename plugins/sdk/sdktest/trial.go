package sdktest

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// T is what a check needs to speak of its findings: a testing.TB is one. As there, Fatal and Fatalf end the check's
// goroutine, and what was given to Cleanup is called after the check, last in first out.
type T interface {
	Helper()
	Error(args ...any)
	Errorf(format string, args ...any)
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Cleanup(func())
	Output() io.Writer
}

// inTest is the test that a check runs in: nil where it runs outside of one, whose promises need none.
func inTest(t T) testing.TB {
	tb, _ := t.(testing.TB)
	return tb
}

// trial is a T outside of tests. It is for one goroutine.
type trial struct {
	findings []string
	cleanups []func()
	log      io.Writer
}

// tried runs a check and what it left to clean up, and returns what both found.
func tried(log io.Writer, check func(T)) []string {
	t := &trial{log: log}
	t.step(func() { check(t) })
	for len(t.cleanups) > 0 {
		last := t.cleanups[len(t.cleanups)-1]
		t.cleanups = t.cleanups[:len(t.cleanups)-1]
		t.step(last)
	}
	return t.findings
}

// step runs what may end its goroutine.
func (t *trial) step(do func()) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		do()
	}()
	<-ended
}

// note keeps a finding, each once.
func (t *trial) note(text string) {
	if text = strings.TrimSpace(text); !slices.Contains(t.findings, text) {
		t.findings = append(t.findings, text)
	}
}

func (t *trial) Helper()                           {}
func (t *trial) Error(args ...any)                 { t.note(fmt.Sprintln(args...)) }
func (t *trial) Errorf(format string, args ...any) { t.note(fmt.Sprintf(format, args...)) }
func (t *trial) Cleanup(f func())                  { t.cleanups = append(t.cleanups, f) }
func (t *trial) Output() io.Writer                 { return t.log }

func (t *trial) Fatal(args ...any) {
	t.Error(args...)
	runtime.Goexit()
}

func (t *trial) Fatalf(format string, args ...any) {
	t.Errorf(format, args...)
	runtime.Goexit()
}
