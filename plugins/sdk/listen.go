package sdk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"sync/atomic"
	"syscall"

	"google.golang.org/grpc"
	"google.golang.org/grpc/stats"
)

// listen serves the plugin on a Unix socket for hubs whose configuration says `reattach`, until it is interrupted: what
// runs in a debugger is started by that. It returns the exit code.
func listen(p Plugin, path string, errors io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	path, err := filepath.Abs(path) // as a configuration wants it
	var on net.Listener
	if err == nil {
		on, err = listenPrivately(path)
	}
	if err != nil {
		fmt.Fprintf(errors, "%s: %v\n", p.Name, err)
		return 1
	}
	fmt.Fprintf(errors, "%s listens at %s until it is interrupted; the configuration leads here by\n"+
		"    plugins: {programs: {%s: {reattach: %s}}}\n", p.Name, path, p.Name, path)
	s := newServer(p, newLog(errors))
	if err := serve(ctx, on, s, grpc.StatsHandler(&farewell{server: s})); err != nil {
		fmt.Fprintf(errors, "%s: %v\n", p.Name, err)
		return 1
	}
	return 0
}

// listenPrivately makes a socket that only this user can connect to. One that a killed process left is replaced.
func listenPrivately(path string) (net.Listener, error) {
	// To connect to a file is refused, too.
	if info, err := os.Lstat(path); err == nil && info.Mode().Type() != fs.ModeSocket {
		return nil, fmt.Errorf("%s is no socket: name one that is to be made", path)
	}
	if conn, err := net.Dial("unix", path); err == nil {
		_ = conn.Close()
		return nil, fmt.Errorf("somebody listens at %s", path)
	} else if errors.Is(err, syscall.ECONNREFUSED) {
		if err := os.Remove(path); err != nil {
			return nil, err
		}
	}
	before := syscall.Umask(0o177)
	defer syscall.Umask(before)
	return net.Listen("unix", path)
}

// farewell closes all instances when the last connection ends, so that the next hub finds none.
type farewell struct {
	server *server
	open   atomic.Int64
}

// HandleConn implements stats.Handler.
func (f *farewell) HandleConn(_ context.Context, s stats.ConnStats) {
	switch s.(type) {
	case *stats.ConnBegin:
		f.open.Add(1)
	case *stats.ConnEnd:
		if f.open.Add(-1) == 0 {
			f.server.closeAll(orphanLimit)
		}
	}
}

// TagConn implements stats.Handler.
func (*farewell) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }

// TagRPC implements stats.Handler.
func (*farewell) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context { return ctx }

// HandleRPC implements stats.Handler.
func (*farewell) HandleRPC(context.Context, stats.RPCStats) {}
