// Package profile makes profiles of the process that it runs in, for hub and plugins alike, in the format of pprof
// (google/pprof, proto/profile.proto, compressed by gzip).
package profile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"time"
)

// Kind is what a profile shows.
type Kind uint8

// The kinds of profile.
const (
	CPU       Kind = iota + 1 // where processor time goes, for a while
	Heap                      // memory in use, by where it was allocated
	Goroutine                 // where each goroutine is now
	Allocs                    // all memory allocated since the start
)

var names = []string{"cpu", "heap", "goroutine", "allocs"}

func (k Kind) String() string {
	if k < CPU || k > Allocs {
		return "unknown"
	}
	return names[k-CPU]
}

// Names are those of all kinds.
func Names() []string { return slices.Clone(names) }

// KindOf finds a kind by its name.
func KindOf(name string) (Kind, bool) {
	at := slices.Index(names, name)
	return Kind(at + 1), at >= 0
}

// The bounds of a profile: how long one of CPU may take, and how many bytes any may have.
const (
	Longest = 60 * time.Second
	Largest = 64 << 20
)

var (
	// ErrTooLarge says that a profile has more bytes than Largest; those before were written.
	ErrTooLarge = fmt.Errorf("the profile has more than %d MiB", Largest>>20)
	// ErrBusy says that a process makes one profile of its CPU at a time.
	ErrBusy = errors.New("another profile of its CPU is being made")
)

// Check says what of a request is out of bounds: of the duration of a CPU profile, which other kinds do not have.
func Check(kind Kind, duration time.Duration) error {
	switch {
	case kind < CPU || kind > Allocs:
		return fmt.Errorf("a profile is one of %s", strings.Join(names, ", "))
	case kind == CPU && (duration <= 0 || duration > Longest):
		return fmt.Errorf("a profile of the CPU takes up to %s, not %s", Longest, duration)
	}
	return nil
}

// Write makes a profile of this process and writes it to w. One of CPU takes duration, or until ctx ends, which is ctx's
// error; only one of them at a time is made in a process. What is in use is as of a collection that Write brings about.
func Write(ctx context.Context, w io.Writer, kind Kind, duration time.Duration) error {
	if err := Check(kind, duration); err != nil {
		return err
	}
	bounded := &bounded{to: w, left: Largest}
	switch kind {
	case CPU:
		return errors.Join(writeCPU(ctx, bounded, duration), bounded.err)
	case Heap:
		runtime.GC()
	}
	return pprof.Lookup(kind.String()).WriteTo(bounded, 0)
}

// writeCPU does not learn of an error of w, which runtime/pprof swallows.
func writeCPU(ctx context.Context, w io.Writer, duration time.Duration) error {
	if err := pprof.StartCPUProfile(w); err != nil {
		return ErrBusy // the only reason that it has
	}
	defer pprof.StopCPUProfile()
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// bounded passes on so many bytes, and fails from the first error on.
type bounded struct {
	to   io.Writer
	left int
	err  error
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.err == nil && len(p) > b.left {
		b.err = ErrTooLarge
	}
	if b.err != nil {
		return 0, b.err
	}
	n, err := b.to.Write(p)
	b.left -= n
	b.err = err
	return n, err
}
