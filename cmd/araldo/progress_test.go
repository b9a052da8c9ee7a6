package main

import (
	"strings"
	"testing"
	"time"
)

func TestABarIsDrawnForLongWorkOnATerminalAlone(t *testing.T) {
	for _, c := range []struct {
		name     string
		terminal bool
		step     time.Duration
		of       int64
		want     string
	}{
		{"long", true, 400 * time.Millisecond, 4 << 20, "\rfetching x [#######.......................]  25 %  1.0 MiB\x1b[K"},
		{"of unknown size", true, 400 * time.Millisecond, -1, "\rfetching x 1.0 MiB\x1b[K"},
		{"soon done", true, time.Millisecond, 4 << 20, ""},
		{"no terminal", false, time.Second, 4 << 20, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out strings.Builder
			clock := time.Unix(0, 0)
			p := newProgress(screen{w: &out, terminal: c.terminal}, func() time.Time { return clock })
			moved := p.begin("fetching \x1bx", c.of)
			clock = clock.Add(c.step)
			moved(1 << 20)
			if got := out.String(); got != strings.ReplaceAll(c.want, "fetching x", "fetching  x") {
				t.Errorf("drawn %q", got)
			}
			drawn := out.Len() > 0
			p.end()
			if ended := strings.HasSuffix(out.String(), "\r\x1b[K"); ended != drawn {
				t.Errorf("at the end %q", out.String())
			}
		})
	}
}
