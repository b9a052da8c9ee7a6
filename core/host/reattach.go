package host

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"google.golang.org/grpc/connectivity"

	"github.com/araldo-relay/araldo/core"
)

// reattach connects to a plugin that somebody else runs, such as in a debugger, and that listens at spec.Reattach. The hub
// neither started it nor ends it, and keeps it to nothing: all that it is asked is whether its socket is this user's own.
func (h *Host) reattach(ctx context.Context, spec Spec, log *journal) (*process, core.PluginInfo, error) {
	if err := checkOwnSocket(spec.Reattach); err != nil {
		return nil, core.PluginInfo{}, fmt.Errorf("reattach: %w", err)
	}
	c := &child{cmd: &exec.Cmd{Path: spec.Reattach, Args: []string{spec.Reattach}}, journal: log, foreign: true,
		done: make(chan struct{})}
	p, info, err := connect(ctx, c, spec.Reattach)
	if err != nil {
		return nil, core.PluginInfo{}, fmt.Errorf("reattach: %s does not answer: %w", spec.Reattach, plain(err))
	}
	go p.follow()
	log.note(slog.LevelWarn, "plugin is reattached: the hub did not start it, keeps it to nothing and leaves it running",
		slog.String("socket", spec.Reattach))
	return p, info, nil
}

// follow waits for the end of the connection to a plugin that runs elsewhere, which is all that shows its end.
func (p *process) follow() {
	for state := p.conn.GetState(); state == connectivity.Ready; state = p.conn.GetState() {
		if !p.conn.WaitForStateChange(p.ctx, state) {
			return
		}
	}
	p.child.kill("its connection ended")
}

// checkOwnSocket refuses what is no Unix socket of this user's, or could be put in the place of one by another user.
func checkOwnSocket(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	owner, known := info.Sys().(*syscall.Stat_t)
	switch {
	case info.Mode().Type() != fs.ModeSocket:
		return fmt.Errorf("%s is no Unix socket", path)
	case !known || int(owner.Uid) != os.Geteuid():
		return fmt.Errorf("%s belongs to another user", path)
	}
	folder, err := os.Stat(filepath.Dir(path))
	if err != nil {
		return err
	}
	if folder.Mode().Perm()&0o022 != 0 && folder.Mode()&fs.ModeSticky == 0 {
		return fmt.Errorf("others can write to the folder of %s", path)
	}
	return nil
}
