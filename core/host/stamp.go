package host

import "os"

// stamp tells a program's file from another one that was put in its place, or written over it. It is nil where the
// program is built in, and where there is no file.
type stamp struct{ os.FileInfo }

func stampOf(path string) stamp {
	if path == "" {
		return stamp{}
	}
	info, err := os.Stat(path)
	if err != nil {
		return stamp{}
	}
	return stamp{info}
}

// differs reports whether both are of files, and of files that are not the same.
func (s stamp) differs(other stamp) bool {
	if s.FileInfo == nil || other.FileInfo == nil {
		return false
	}
	return !os.SameFile(s.FileInfo, other.FileInfo) || s.Size() != other.Size() || !s.ModTime().Equal(other.ModTime())
}
