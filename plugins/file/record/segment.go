package record

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// digits and suffix make a segment's name: twelve digits, counting from 1, and .jsonl.
const (
	digits = 12
	suffix = ".jsonl"
)

// Folder is the path of a folder made absolute as endpoint-file does it: a relative one begins at the configuration's.
func Folder(base, path string) string {
	if !filepath.IsAbs(path) {
		path = filepath.Join(base, path)
	}
	if absolute, err := filepath.Abs(path); err == nil {
		return absolute
	}
	return path
}

// Segment is one file of a folder. Only the last one grows.
type Segment struct {
	Number uint64
	// Size in bytes when the folder was read.
	Size int64
}

// Path names the file of a segment.
func Path(folder string, number uint64) string {
	return filepath.Join(folder, fmt.Sprintf("%0*d%s", digits, number, suffix))
}

// Segments lists the segments of a folder in the order in which they were begun. Whatever else is there is passed over.
func Segments(folder string) ([]Segment, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var list []Segment
	for _, entry := range entries {
		number, is := numberOf(entry.Name())
		if !is || !entry.Type().IsRegular() {
			continue
		}
		info, err := entry.Info()
		if err != nil {
			continue // removed since
		}
		list = append(list, Segment{Number: number, Size: info.Size()})
	}
	slices.SortFunc(list, func(a, b Segment) int { return cmp.Compare(a.Number, b.Number) })
	return list, nil
}

// numberOf reads a segment's name.
func numberOf(name string) (uint64, bool) {
	text, is := strings.CutSuffix(name, suffix)
	if !is || len(text) != digits || strings.Trim(text, "0123456789") != "" {
		return 0, false
	}
	number, err := strconv.ParseUint(text, 10, 64)
	return number, err == nil && number > 0
}

// Position is where a record stands. It stays the same as long as the record is there.
type Position struct {
	Segment uint64
	// Offset of the line in the segment's file, bytes.
	Offset int64
}

// String is the position as commands show it: segment and offset, 12:3456.
func (p Position) String() string { return fmt.Sprintf("%d:%d", p.Segment, p.Offset) }
