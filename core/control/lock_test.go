package control

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// parity: Z3
// fault: B20
func TestASecondHubLearnsWhoHoldsTheLock(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "for-it")
	lock, err := Acquire(dir)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Acquire(dir)
	var held *HeldError
	if !errors.As(err, &held) || held.PID != os.Getpid() {
		t.Fatalf("second Acquire: %v; want a HeldError with pid %d", err, os.Getpid())
	}
	if !strings.Contains(err.Error(), fmt.Sprint(os.Getpid())) {
		t.Errorf("message %q does not name the pid", err)
	}
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
	again, err := Acquire(dir)
	if err != nil {
		t.Fatalf("after the release: %v", err)
	}
	if err := again.Release(); err != nil {
		t.Fatal(err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 0 {
		t.Errorf("left behind: %v", entries)
	}
}

func TestTheDataDirectoryIsPrivate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	lock, err := Acquire(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Release()
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v; want 0700", info.Mode(), err)
	}
}

// Of many that try at once and give back at once, never two may hold the lock together.
func TestOneHolderAtATime(t *testing.T) {
	dir := t.TempDir()
	var holders atomic.Int32
	var wg sync.WaitGroup
	acquired := make(chan struct{}, 1600)
	for range 8 {
		wg.Go(func() {
			for range 200 {
				lock, err := Acquire(dir)
				if err != nil {
					continue
				}
				if holders.Add(1) > 1 {
					t.Error("two hold the lock")
				}
				acquired <- struct{}{}
				holders.Add(-1)
				if err := lock.Release(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if len(acquired) == 0 {
		t.Error("nobody ever got the lock")
	}
}

// parity: Z3 Z10
// fault: B20
func TestWhatAKilledHubLeavesIsNoObstacle(t *testing.T) {
	dir := t.TempDir()
	killHub(t, startHub(t, dir))
	for _, name := range []string{lockName, socketName} {
		if _, err := os.Lstat(filepath.Join(dir, name)); err != nil {
			t.Fatalf("the killed hub left no %s, so this shows nothing: %v", name, err)
		}
	}
	server, client := start(t, dir, &fakeHub{status: Status{Version: "next"}})
	if status, err := client.Status(t.Context()); err != nil || status.Version != "next" {
		t.Errorf("%+v, %v", status, err)
	}
	if info, err := os.Stat(server.Path()); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("socket: %v, %v; want 0600", info, err)
	}
}

// startHub runs a hub in a process of its own.
func startHub(t *testing.T, dir string) *exec.Cmd {
	t.Helper()
	hub := exec.Command(os.Args[0])
	hub.Env = append(os.Environ(), asHelper+"="+dir)
	out, err := hub.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := hub.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = hub.Process.Kill() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || line != "listening\n" {
		t.Fatalf("hub says %q, %v", line, err)
	}
	return hub
}

func killHub(t *testing.T, hub *exec.Cmd) {
	t.Helper()
	if err := hub.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = hub.Wait()
}
