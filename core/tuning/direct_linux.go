package tuning

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"unsafe"
)

// Direct makes a connection whose reads and writes do not tell Go's scheduler that a system call begins and ends. The
// descriptor does not block, so no call takes long; and Go's background monitor, which announced calls wake, may sleep:
// for a lone message that saves a good part of the CPU time. While it sleeps, nothing preempts a goroutine that computes on
// the only processor, so a process that uses Direct needs a ticker, as ScaleProcessors brings. A connection that
// can't be used in this way is returned as it is.
func Direct(conn net.Conn) net.Conn {
	source, ok := conn.(syscall.Conn)
	if !ok {
		return conn
	}
	raw, err := source.SyscallConn()
	if err != nil {
		return conn
	}
	d := &direct{Conn: conn, raw: raw}
	d.in.call, d.in.number, d.in.wait = raw.Read, syscall.SYS_READ, d.in.step
	d.out.call, d.out.number, d.out.wait, d.out.all = raw.Write, syscall.SYS_WRITE, d.out.step, true
	return d
}

type direct struct {
	net.Conn
	raw     syscall.RawConn
	in, out transfer
}

// transfer is one direction. Its functions are kept so that a call allocates nothing.
type transfer struct {
	call   func(func(fd uintptr) bool) error
	wait   func(fd uintptr) bool
	number uintptr
	// all: it goes on until data is done.
	all bool

	mu   sync.Mutex
	data []byte
	done int
	err  error
}

// SyscallConn implements syscall.Conn: client libraries look by it whether an idle connection has ended.
func (d *direct) SyscallConn() (syscall.RawConn, error) { return d.raw, nil }

// Read implements net.Conn.
func (d *direct) Read(p []byte) (int, error) {
	n, err := d.in.run(p)
	if n == 0 && err == nil && len(p) > 0 {
		err = io.EOF
	}
	return n, d.explain("read", err)
}

// Write implements net.Conn.
func (d *direct) Write(p []byte) (int, error) {
	n, err := d.out.run(p)
	return n, d.explain("write", err)
}

// explain says whose error it is, as package net does.
func (d *direct) explain(op string, err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	if errno, ok := err.(syscall.Errno); ok {
		err = os.NewSyscallError(op, errno)
	}
	return &net.OpError{Op: op, Net: d.LocalAddr().Network(), Source: d.LocalAddr(), Addr: d.RemoteAddr(), Err: err}
}

func (t *transfer) run(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.data, t.done, t.err = p, 0, nil
	err := t.call(t.wait)
	t.data = nil
	if err == nil {
		err = t.err
	}
	return t.done, err
}

// step moves what can be moved now and reports whether the transfer is over; false waits until the descriptor is ready.
func (t *transfer) step(fd uintptr) bool {
	for {
		rest := t.data[t.done:]
		n, _, errno := syscall.RawSyscall(t.number, fd, uintptr(unsafe.Pointer(&rest[0])), uintptr(len(rest)))
		switch {
		case errno == syscall.EINTR:
		case errno == syscall.EAGAIN:
			return false
		case errno != 0:
			t.err = errno
			return true
		default:
			if t.done += int(n); !t.all || t.done == len(t.data) {
				return true
			}
		}
	}
}
