package watch

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// mostLinks is how many symbolic links a path may lead through, as in Linux.
const mostLinks = 40

// way is where it shows that a path leads to something else: the folders of a file and of each link on its way, in
// which only certain names count. Folders above these are left out: there is too much going on in them.
type way struct {
	folders []string
	// names are whole paths.
	names map[string]bool
}

func newWay(files []string) way {
	w := way{names: map[string]bool{}}
	for _, file := range files {
		if path, err := filepath.Abs(file); err == nil {
			w.add(path)
		}
	}
	return w
}

// add goes along an absolute path, through all links, up to the file or to what is missing.
func (w *way) add(path string) {
	const separator = string(filepath.Separator)
	at, left := separator, strings.Split(filepath.Clean(path), separator)
	for links := 0; len(left) > 0 && links <= mostLinks; {
		name := left[0]
		left = left[1:]
		if name == "" {
			continue
		}
		next := filepath.Join(at, name) // also for what a link writes as ..: at is free of links
		target, err := os.Readlink(next)
		_, missing := os.Lstat(next)
		if err == nil || missing != nil || len(left) == 0 {
			w.step(at, next)
		}
		switch {
		case missing != nil:
			return
		case err == nil:
			links++
			left = append(strings.Split(target, separator), left...)
			if filepath.IsAbs(target) {
				at = separator
			}
		default:
			at = next
		}
	}
}

func (w *way) step(folder, name string) {
	if !slices.Contains(w.folders, folder) {
		w.folders = append(w.folders, folder)
	}
	w.names[folder], w.names[name] = true, true
}
