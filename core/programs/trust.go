package programs

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// CheckDirectory refuses a folder that programs must not be started from: a link, or one that belongs to another user
// or that others can write to, since whoever writes there runs code here. Where there is none, it is fs.ErrNotExist.
func CheckDirectory(dir string) error {
	info, err := os.Lstat(dir)
	switch {
	case err != nil:
		return fmt.Errorf("plugin directory: %w", err)
	case info.Mode().Type() == fs.ModeSymlink:
		return fmt.Errorf("plugin directory %s: it is a link: name the folder that it leads to", dir)
	case !info.IsDir():
		return fmt.Errorf("plugin directory %s: it is no folder", dir)
	}
	if why := foreign(info); why != "" {
		return fmt.Errorf("plugin directory %s: %s: it must be yours or root's, with mode 0755 or less", dir, why)
	}
	return nil
}

// foreign says why others could change what that is, empty where nobody else can.
func foreign(info fs.FileInfo) string {
	if info.Mode().Perm()&0o022 != 0 {
		return fmt.Sprintf("others can write to it (mode %v)", info.Mode().Perm())
	}
	owner, known := info.Sys().(*syscall.Stat_t)
	if known && owner.Uid != 0 && owner.Uid != uint32(os.Geteuid()) {
		return fmt.Sprintf("it belongs to another user (%d)", owner.Uid)
	}
	return ""
}
