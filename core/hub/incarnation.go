package hub

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/araldo-relay/araldo/core/replace"
)

// incarnationsFile keeps, in the data directory, how often each endpoint was opened.
const incarnationsFile = "incarnations.json"

// incarnations counts the openings of each endpoint's name, for ever: a number is on disk before it is used, so that
// no connection id made from it is ever used twice, whatever is killed when.
type incarnations struct {
	path string
	mu   sync.Mutex
	last map[string]uint64
}

// loadIncarnations reads what earlier runs used. A file that can't be read is an error: beginning again at 1 would
// reuse ids.
func loadIncarnations(dataDir string) (*incarnations, error) {
	c := &incarnations{path: filepath.Join(dataDir, incarnationsFile), last: map[string]uint64{}}
	b, err := os.ReadFile(c.path)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(b, &c.last); err != nil {
		return nil, fmt.Errorf("%s: %w", c.path, err)
	}
	if c.last == nil {
		return nil, fmt.Errorf("%s: it holds no incarnations", c.path)
	}
	return c, nil
}

// next returns name's next incarnation. It blocks for a write to disk; any goroutine may call it.
func (c *incarnations) next(name string) (uint64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last[name]++
	if err := c.save(); err != nil {
		c.last[name]--
		return 0, fmt.Errorf("endpoint %s: incarnation: %w", name, err)
	}
	return c.last[name], nil
}

func (c *incarnations) save() error {
	b, err := json.Marshal(c.last)
	if err != nil {
		return err
	}
	return replace.File(c.path, append(b, '\n'), 0o600)
}
