package tuning_test

import (
	"bytes"
	"io"
	"net"
	"path/filepath"
	"testing"

	"golang.org/x/net/nettest"

	"github.com/araldo-relay/araldo/core/tuning"
)

// pair are the two ends of a connection over a Unix socket, the kind that stands between hub and plugin.
func pair(t testing.TB) (near, far net.Conn) {
	listener, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	if near, err = net.Dial("unix", listener.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if far, err = listener.Accept(); err != nil {
		t.Fatal(err)
	}
	return near, far
}

// The tests that hold package net's own connections to the contract of net.Conn: deadlines, closing, concurrent use.
func TestDirectIsAConn(t *testing.T) {
	nettest.TestConn(t, func() (near, far net.Conn, stop func(), err error) {
		near, far = pair(t)
		near, far = tuning.Direct(near), tuning.Direct(far)
		return near, far, func() { _, _ = near.Close(), far.Close() }, nil
	})
}

func TestDirectMovesMoreThanTheSocketHolds(t *testing.T) {
	near, far := pair(t)
	sent := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	go func() {
		_, _ = tuning.Direct(near).Write(sent)
		_ = near.Close()
	}()
	got, err := io.ReadAll(tuning.Direct(far))
	if err != nil || !bytes.Equal(got, sent) {
		t.Errorf("%d bytes of %d: %v", len(got), len(sent), err)
	}
}

func TestDirectAllocatesNothingPerCall(t *testing.T) {
	near, far := pair(t)
	out, in, buffer := tuning.Direct(near), tuning.Direct(far), make([]byte, 100)
	if n := testing.AllocsPerRun(100, func() {
		_, _ = out.Write(buffer)
		_, _ = io.ReadFull(in, buffer)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestDirectLeavesOtherConnectionsAsTheyAre(t *testing.T) {
	near, far := net.Pipe()
	defer func() { _, _ = near.Close(), far.Close() }()
	if tuning.Direct(near) != near {
		t.Error("a pipe has no descriptor, and was changed")
	}
}
