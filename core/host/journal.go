package host

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"
)

const (
	// maxLine is how many bytes of an output line are read as one; the rest is skipped.
	maxLine = 8 << 10
	// keptLines of keptBytes each are there for people when a plugin is asked about or dies.
	keptLines = 50
	keptBytes = 1 << 10
	// logRate lines per second go to the hub's log, logBurst at once.
	logRate  = 100
	logBurst = 500
)

// journal takes what a plugin prints, in all its lives: into the hub's log, but no faster than logRate, and the newest
// lines kept. Its methods may be called by any goroutine.
type journal struct {
	log *slog.Logger
	now func() time.Time

	mu    sync.Mutex
	kept  [keptLines][]byte
	count int
	// What the plugin prints never uses up the allowance for what the hub has to say about it.
	printed, notes allowance
	// tracing: the process has begun its last words, which are errors line by line.
	tracing bool
}

func newJournal(log *slog.Logger, plugin string) *journal {
	return &journal{log: log.With("plugin", plugin), now: time.Now}
}

// begin is called before each process.
func (j *journal) begin() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.tracing = false
}

// line takes one line without its end. It does not keep the slice.
func (j *journal) line(line []byte) {
	if len(bytes.TrimSpace(line)) == 0 {
		return
	}
	entry, ok := parseLogLine(line)
	if !ok {
		entry = textLine(line)
	}
	if j.keep(line) {
		entry.level = slog.LevelError
	}
	// What nobody would see anyway must not push out what somebody would.
	if !j.log.Enabled(context.Background(), entry.level) {
		return
	}
	j.mu.Lock()
	allowed, skipped := j.printed.spend(j.now())
	j.mu.Unlock()
	if skipped > 0 {
		j.log.Warn("lines of the plugin's output were left out", "lines", skipped)
	}
	if allowed {
		j.log.LogAttrs(context.Background(), entry.level, entry.message, entry.attributes...)
	}
}

// keep puts a line among the newest, and reports whether it belongs to the process's last words.
func (j *journal) keep(line []byte) (tracing bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	slot := &j.kept[j.count%keptLines]
	*slot = append((*slot)[:0], line[:min(len(line), keptBytes)]...)
	j.count++
	j.tracing = j.tracing || startsTrace(line)
	return j.tracing
}

// note writes to the hub's log about the plugin, for causes that the plugin can bring about as often as it likes.
func (j *journal) note(level slog.Level, message string, attributes ...slog.Attr) {
	j.mu.Lock()
	allowed, skipped := j.notes.spend(j.now())
	if allowed && skipped > 0 {
		attributes = append(attributes, slog.Int("skipped", skipped))
	}
	j.mu.Unlock()
	if allowed {
		j.log.LogAttrs(context.Background(), level, message, attributes...)
	}
}

// allowance lets logBurst entries pass at once and logRate in a second.
type allowance struct {
	spent   float64
	updated time.Time
	skipped int
	told    time.Time
}

// spend reports whether an entry may pass, and, once per second, how many before it might not.
func (a *allowance) spend(now time.Time) (allowed bool, skipped int) {
	a.spent = max(0, a.spent-now.Sub(a.updated).Seconds()*logRate)
	a.updated = now
	if a.spent+1 > logBurst {
		a.skipped++
		return false, 0
	}
	a.spent++
	if a.skipped > 0 && now.Sub(a.told) >= time.Second {
		skipped, a.skipped, a.told = a.skipped, 0, now
	}
	return true, skipped
}

// last returns up to n of the newest lines, oldest first.
func (j *journal) last(n int) []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	n = min(n, j.count, keptLines)
	lines := make([]string, n)
	for i := range lines {
		lines[i] = printable(string(j.kept[(j.count-n+i)%keptLines]), keptBytes)
	}
	return lines
}

// quote is the newest output in at most 400 bytes for an error's text, empty where there was none.
func (j *journal) quote() string {
	const limit = 400
	text := strings.Join(j.last(5), " | ")
	if len(text) > limit {
		text = "..." + text[len(text)-limit:]
	}
	return strings.ToValidUTF8(text, "")
}

// lineWriter cuts one stream of bytes into lines for a journal. One goroutine may write at a time.
type lineWriter struct {
	journal *journal
	line    []byte
}

func (w *lineWriter) Write(p []byte) (int, error) {
	n := len(p)
	for {
		end := bytes.IndexByte(p, '\n')
		if end < 0 {
			break
		}
		w.add(p[:end])
		w.flush()
		p = p[end+1:]
	}
	w.add(p)
	return n, nil
}

func (w *lineWriter) add(p []byte) {
	w.line = append(w.line, p[:min(len(p), maxLine-len(w.line))]...)
}

// flush ends the line, also one that the stream's end cut short.
func (w *lineWriter) flush() {
	w.journal.line(w.line)
	w.line = w.line[:0]
}
