package profile

import (
	"bytes"
	"context"
	"errors"
	"io"
	"runtime/pprof"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// gzipMagic begins every profile (RFC 1952, section 2.3.1).
var gzipMagic = []byte{0x1f, 0x8b}

func TestEachKindIsAProfile(t *testing.T) {
	for _, name := range Names() {
		kind, known := KindOf(name)
		if !known || kind.String() != name {
			t.Fatalf("%s is %v", name, kind)
		}
		var out bytes.Buffer
		if err := Write(t.Context(), &out, kind, time.Millisecond); err != nil || !bytes.HasPrefix(out.Bytes(), gzipMagic) {
			t.Errorf("%s: %d bytes, %v", name, out.Len(), err)
		}
	}
	if kind, known := KindOf("cup"); known || Write(t.Context(), io.Discard, kind, time.Second) == nil {
		t.Error("an unknown kind was made")
	}
}

func TestBoundsOfAProfile(t *testing.T) {
	for _, duration := range []time.Duration{0, -time.Second, Longest + 1} {
		if Check(CPU, duration) == nil {
			t.Errorf("a profile of %s was allowed", duration)
		}
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if err := Write(ended, io.Discard, CPU, Longest); !errors.Is(err, context.Canceled) {
		t.Errorf("an ended context: %v", err)
	}
	small := &bounded{to: io.Discard, left: 3}
	if n, err := small.Write([]byte("abc")); n != 3 || err != nil {
		t.Errorf("within: %d, %v", n, err)
	}
	if n, err := small.Write([]byte("d")); n != 0 || !errors.Is(err, ErrTooLarge) {
		t.Errorf("beyond: %d, %v", n, err)
	}
	refusal := errors.New("no room")
	if err := Write(t.Context(), failing{refusal}, CPU, time.Millisecond); !errors.Is(err, refusal) {
		t.Errorf("a writer that fails: %v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// Two at once would spoil each other.
func TestOneProfileOfTheCPUAtATime(t *testing.T) {
	if err := pprof.StartCPUProfile(io.Discard); err != nil {
		t.Fatal(err)
	}
	defer pprof.StopCPUProfile()
	if err := Write(t.Context(), io.Discard, CPU, time.Millisecond); !errors.Is(err, ErrBusy) {
		t.Errorf("%v", err)
	}
}
