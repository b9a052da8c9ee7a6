package isolation

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/landlock-lsm/go-landlock/landlock"
	"golang.org/x/sys/unix"
)

// maxLinks is how many links a path may lead through, as for the kernel.
const maxLinks = 40

// reach collects the rules for paths. A plugin could widen its next sandbox by a link that it puts where a rule's path
// leads along, so those are not followed.
type reach struct {
	// grounds are the folders, without links, that the plugin may have been let write to.
	grounds []string
	list    []landlock.Rule
	err     error
}

// allow adds a rule for a path that is there. Rights that only folders have can't be given to a file.
func (r *reach) allow(path string, folder, file func(...string) landlock.FSRule) {
	plain, err := r.follow(path)
	if err != nil {
		r.err = errors.Join(r.err, err)
		return
	}
	// An older process of the plugin may still run: what was opened it can't exchange. It stays open until this process
	// becomes the plugin.
	how := unix.OpenHow{Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: unix.RESOLVE_NO_SYMLINKS}
	fd, err := unix.Openat2(unix.AT_FDCWD, plain, &how)
	switch {
	case unreachable(err):
		return
	case err != nil:
		r.err = errors.Join(r.err, &os.PathError{Op: "allow", Path: path, Err: err})
		return
	}
	opened := fmt.Sprintf("/proc/self/fd/%d", fd)
	if info, err := os.Stat(opened); err == nil && info.IsDir() {
		file = folder
	}
	r.list = append(r.list, file(opened))
}

// unreachable reports whether there is nothing that a rule could let a program reach.
func unreachable(err error) bool {
	for _, one := range []error{unix.ENOENT, unix.ENOTDIR, unix.EACCES, unix.ELOOP} {
		if errors.Is(err, one) {
			return true
		}
	}
	return false
}

// follow is a path without its links. One that the plugin may have made must not lead out of the folder that it may write
// to.
func (r *reach) follow(path string) (string, error) {
	plain, bounds := path, []string(nil)
	for range maxLinks {
		link, rest := firstLink(plain)
		if link == "" {
			break
		}
		if ground := r.ground(link); ground != "" {
			bounds = append(bounds, ground)
		}
		target, err := os.Readlink(link)
		if err != nil {
			return "", err
		}
		if !filepath.IsAbs(target) {
			target = filepath.Join(filepath.Dir(link), target)
		}
		plain = filepath.Join(target, rest)
	}
	for _, ground := range bounds {
		if !within(ground, plain) {
			return "", fmt.Errorf("%s is a link to %s that the plugin may have made, since it may write to %s: name what it leads to, "+
				"or remove it", path, plain, ground)
		}
	}
	return plain, nil
}

// ground is the innermost of the grounds that a link lies in, empty where it lies in none or the plugin's user can't have
// made it.
func (r *reach) ground(link string) string {
	innermost := ""
	for _, ground := range r.grounds {
		if within(ground, link) && len(ground) > len(innermost) {
			innermost = ground
		}
	}
	if innermost == "" || !ownOrWritable(filepath.Dir(link)) {
		return ""
	}
	return innermost
}

func ownOrWritable(folder string) bool {
	info, err := os.Stat(folder)
	if err != nil {
		return false
	}
	owner, known := info.Sys().(*syscall.Stat_t)
	return known && int(owner.Uid) == os.Geteuid() || unix.Access(folder, unix.W_OK) == nil
}

// firstLink is the first part of a path that is a link, and what comes behind; empty where none is one.
func firstLink(path string) (link, rest string) {
	for end := 1; end <= len(path); end++ {
		if end < len(path) && path[end] != '/' {
			continue
		}
		info, err := os.Lstat(path[:end])
		if err != nil {
			return "", ""
		}
		if info.Mode().Type() == fs.ModeSymlink {
			return path[:end], path[end:]
		}
	}
	return "", ""
}

// grounds are the folders, without links, that a program of these rules may have been let write to.
func (r Rules) grounds() []string {
	folders := slices.Concat(r.Write, r.Make)
	for _, path := range r.Make {
		if folder := filepath.Dir(path); !r.guards(folder) {
			folders = append(folders, folder)
		}
	}
	var list []string
	for _, folder := range folders {
		if plain, err := filepath.EvalSymlinks(folder); err == nil {
			list = append(list, plain)
		}
	}
	return list
}
