package host

import (
	"bytes"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

// newTestJournal is a journal whose log is returned as text.
func newTestJournal() (*journal, *bytes.Buffer) {
	var log bytes.Buffer
	return newJournal(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})), "p"), &log
}

func TestLinesAreReadAsTheirWritersMeantThem(t *testing.T) {
	for line, want := range map[string]string{
		`{"time":"x","level":"WARN","msg":"a","n":1}`:                      `level=WARN msg=a plugin=p n=1`,
		`{"@level":"error","@message":"b","@module":"m","@timestamp":"y"}`: `level=ERROR msg=b plugin=p module=m`,
		`{"@level":"trace","@message":"b"}`:                                `level=DEBUG msg=b plugin=p`,
		`{"level":"INFO+2","msg":"c","plugin":"forged"}`:                   `level=INFO+2 msg=c plugin=p`,
		`{"level":7,"msg":"d","big":12345678901234567890}`:                 `level=INFO msg=d plugin=p big=12345678901234567890`,
		`{"msg":{"not":"text"}}`:                                           `level=INFO msg="{\"msg\":{\"not\":\"text\"}}" plugin=p`,
		`{"@message":5,"@timestamp":{}}`:                                   `level=INFO msg="{\"@message\":5,\"@timestamp\":{}}" plugin=p`,
		`{"broken`:                                                         `level=INFO msg="{\"broken" plugin=p`,
		`[WARN] careful`:                                                   `level=WARN msg="[WARN] careful" plugin=p`,
		"plain \x1b[31mred\xff":                                            `msg="plain  [31mred` + "\uFFFD" + `" plugin=p`,
	} {
		j, log := newTestJournal()
		j.line([]byte(line))
		if !strings.Contains(log.String(), want) {
			t.Errorf("%s\n gave %s want %s", line, log, want)
		}
	}
}

func TestFloodIsThinnedOutAndCounted(t *testing.T) {
	j, log := newTestJournal()
	now := time.Now()
	j.now = func() time.Time { return now }
	for range 10_000 {
		j.line([]byte("x"))
	}
	if n := strings.Count(log.String(), "\n"); n != logBurst {
		t.Errorf("%d lines passed", n)
	}
	now = now.Add(time.Second)
	log.Reset()
	j.line([]byte("y"))
	if !strings.Contains(log.String(), "lines=9500") {
		t.Errorf("log %s", log)
	}
	j.note(slog.LevelWarn, "the hub's own")
	if !strings.Contains(log.String(), "the hub's own") {
		t.Error("the flood used up the hub's own allowance")
	}
}

func TestLinesBelowTheLogsLevelUseUpNothing(t *testing.T) {
	var log bytes.Buffer
	j := newJournal(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelInfo})), "p")
	for range 10_000 {
		j.line([]byte(`{"level":"DEBUG","msg":"chatter"}`))
	}
	j.line([]byte("news"))
	if log.String() == "" || strings.Contains(log.String(), "left out") || !strings.Contains(log.String(), "news") {
		t.Errorf("log %q", log.String())
	}
}

func TestALastingFloodIsToldOncePerSecond(t *testing.T) {
	j, log := newTestJournal()
	now := time.Now()
	j.now = func() time.Time { return now }
	for range 50_000 {
		j.line([]byte("x"))
		now = now.Add(100 * time.Microsecond)
	}
	if n := strings.Count(log.String(), "left out"); n < 3 || n > 6 {
		t.Errorf("in 5 s it is told %d times", n)
	}
}

func TestNewestLinesAreKept(t *testing.T) {
	j, _ := newTestJournal()
	w := &lineWriter{journal: j}
	for i := range 60 {
		_, _ = io.WriteString(w, strings.Repeat("x", i)+"|")
		_, _ = io.WriteString(w, "end\n\n")
	}
	_, _ = io.WriteString(w, strings.Repeat("long", maxLine)+"\nlast")
	w.flush()
	kept := j.last(1000)
	if len(kept) != keptLines || kept[keptLines-1] != "last" || len(kept[keptLines-2]) != keptBytes {
		t.Errorf("%d lines are kept, the last ones %q", len(kept), kept[len(kept)-1])
	}
	if kept[0] != strings.Repeat("x", 12)+"|end" {
		t.Errorf("the oldest is %q", kept[0])
	}
}

func FuzzLogLine(f *testing.F) {
	f.Add([]byte(`{"@level":"info","@message":"m","@timestamp":"t","k":[1,{"a":null}]}`))
	f.Add([]byte("{\"msg\":\"\\ud800\"}\npanic: x\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		j, log := newTestJournal()
		w := &lineWriter{journal: j}
		_, _ = w.Write(data)
		w.flush()
		unsafe := func(r rune) bool { return unicode.IsControl(r) && r != '\n' }
		if !utf8.ValidString(log.String()) || strings.ContainsFunc(log.String(), unsafe) {
			t.Fatalf("unsafe: %q", log)
		}
		for _, line := range append(j.last(keptLines), j.quote()) {
			if !utf8.ValidString(line) || strings.ContainsFunc(line, unicode.IsControl) || len(line) > 2*keptBytes {
				t.Fatalf("unsafe: %q", line)
			}
		}
	})
}

func FuzzStdio(f *testing.F) {
	f.Add([]byte{8, 2, 18, 3, 'a', 'b', 'c'})
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, text := parseStdio(data); len(text) > len(data) {
			t.Fatalf("%d bytes out of %d", len(text), len(data))
		}
	})
}
