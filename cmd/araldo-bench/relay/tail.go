package relay

import (
	"bytes"
	"sync"
	"time"
)

// keptOutput is how much of its last output an error quotes.
const keptOutput = 4 << 10

// tail keeps the end of what is written to it, and tells once when what it waits for was written.
type tail struct {
	mu    sync.Mutex
	text  []byte
	await []byte
	found chan time.Time
}

func newTail(await string) *tail { return &tail{await: []byte(await), found: make(chan time.Time, 1)} }

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if len(t.await) > 0 && bytes.Contains(t.text, t.await) {
		t.found <- time.Now()
		t.await = nil
	}
	if extra := len(t.text) - keptOutput; extra > 0 {
		t.text = append(t.text[:0], t.text[extra:]...)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(bytes.TrimSpace(t.text))
}
