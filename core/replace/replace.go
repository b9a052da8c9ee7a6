// Package replace puts files into the places of others in one step.
package replace

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// File replaces the file at path, or makes it, when what replaces it is on the disk: after a kill or a power loss there is
// the old one or the new one, never a part. A link at path is replaced itself. On an error the old one is there still.
func File(path string, content []byte, mode fs.FileMode) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), unfinished(path)+"*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(file.Name())
		}
	}()
	_, err = file.Write(content)
	err = errors.Join(err, file.Chmod(mode), file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	return err
}

// RemoveUnfinished removes what File left beside path when it was killed. Nobody may be replacing it meanwhile.
func RemoveUnfinished(path string) error {
	entries, err := os.ReadDir(filepath.Dir(path))
	for _, entry := range entries {
		number, is := strings.CutPrefix(entry.Name(), unfinished(path))
		if is && number != "" && strings.Trim(number, "0123456789") == "" {
			err = errors.Join(err, os.Remove(filepath.Join(filepath.Dir(path), entry.Name())))
		}
	}
	return err
}

// unfinished begins the name of a file that is to take the place of the one at path. A number follows.
func unfinished(path string) string { return "." + filepath.Base(path) + "." }
