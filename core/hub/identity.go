package hub

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/araldo-relay/araldo/core/replace"
)

// identityFile keeps, in the data directory, the name by which the outside tells this hub from others.
const identityFile = "hub-id"

var identityPattern = regexp.MustCompile(`^[a-z0-9]{26}$`)

// identity is what stays the same of a hub through its restarts. The zero name is that of a hub that opens nothing.
type identity struct {
	name        string
	incarnation func(endpoint string) (uint64, error)
}

// loadIdentity reads what earlier runs on a data directory left, and makes the name at the first one. A file that can't
// be read is an error: under another name the hub would not find again what it left outside. The caller holds the
// directory's lock.
func loadIdentity(dataDir string) (identity, error) {
	path := filepath.Join(dataDir, identityFile)
	if err := errors.Join(replace.RemoveUnfinished(path), replace.RemoveUnfinished(filepath.Join(dataDir, incarnationsFile))); err != nil {
		return identity{}, err
	}
	incarnations, err := loadIncarnations(dataDir)
	if err != nil {
		return identity{}, err
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		name := strings.ToLower(rand.Text())
		return identity{name, incarnations.next}, replace.File(path, []byte(name+"\n"), 0o600)
	}
	name := strings.TrimSpace(string(text))
	if err == nil && !identityPattern.MatchString(name) {
		err = fmt.Errorf("%s: it holds no hub's name", path)
	}
	return identity{name, incarnations.next}, err
}
