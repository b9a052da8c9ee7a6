package programs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"golang.org/x/mod/sumdb/dirhash"
)

// The bounds of a package, which keep the worst of them from filling a disk.
const (
	MaxBytes = 256 << 20
	MaxFiles = 1000
)

// Sum is the SHA-256 of what a file holds from its beginning, in hexadecimal. It does not move the file's own place.
func Sum(file *os.File) (string, error) {
	info, err := file.Stat()
	if err != nil {
		return "", err
	}
	hash := sha256.New()
	if _, err := io.Copy(hash, io.NewSectionReader(file, 0, info.Size())); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// SumOf is the SHA-256 of a text, in hexadecimal.
func SumOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// DirectoryHash is the `h1:` hash of all files below a folder, as `dirhash.HashDir(folder, "", dirhash.Hash1)` has it. A
// folder with a link, with something that others could change or with more than a package may hold is an error, as is the
// end of ctx.
func DirectoryHash(ctx context.Context, root *os.Root) (string, error) {
	files, err := filesBelow(root)
	if err != nil {
		return "", err
	}
	return dirhash.Hash1(files, func(name string) (io.ReadCloser, error) {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return root.Open(name)
	})
}

// filesBelow lists a package's files, with slashes.
func filesBelow(root *os.Root) ([]string, error) {
	var files []string
	var size int64
	err := fs.WalkDir(root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		if why := foreign(info); why != "" {
			return fmt.Errorf("%s: %s", name, why)
		}
		if entry.IsDir() {
			return nil
		}
		size += info.Size()
		switch files = append(files, name); {
		case !entry.Type().IsRegular():
			return fmt.Errorf("%s is no plain file", name)
		case len(files) > MaxFiles || size > MaxBytes:
			return errors.New("it has more than a package may hold")
		}
		return nil
	})
	return files, err
}

// atMost reads all, up to so many bytes.
func atMost(r io.Reader, bytes int64) ([]byte, error) { return io.ReadAll(io.LimitReader(r, bytes)) }
