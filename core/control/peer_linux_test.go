package control

import (
	"errors"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

const nobody = 65534

// fault: B19
func TestAnotherUserIsRefused(t *testing.T) {
	dir, err := os.MkdirTemp("", "araldo")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	server, _ := start(t, dir, &fakeHub{})
	if info, err := os.Stat(server.Path()); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("socket: %v, %v; want 0600", info, err)
	}
	if os.Geteuid() != 0 {
		// Only root can become another user to see the refusal itself; the mode above is what brings it about.
		return
	}
	if _, err := ask(server.Path(), server.token, nobody); !errors.Is(err, syscall.EACCES) {
		t.Errorf("uid %d at a socket of mode 0600: %v; want permission denied", nobody, err)
	}
	if err := os.Chmod(server.Path(), 0o666); err != nil {
		t.Fatal(err)
	}
	answer, err := ask(server.Path(), server.token, nobody)
	if err != nil || !strings.HasPrefix(answer, "HTTP/1.0 403") || !strings.Contains(answer, `"code":"forbidden"`) {
		t.Errorf("uid %d at a socket of mode 0666: %q, %v; want 403", nobody, answer, err)
	}
	if answer, err := ask(server.Path(), server.token, 0); err != nil || !strings.HasPrefix(answer, "HTTP/1.0 200") {
		t.Errorf("root: %q, %v", answer, err)
	}
}

// ask sends a status command as uid.
func ask(path, token string, uid int) (answer string, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		// Only this thread becomes the other user; it ends with the goroutine because it is never unlocked.
		runtime.LockOSThread()
		if _, _, errno := syscall.RawSyscall(syscall.SYS_SETRESUID, ^uintptr(0), uintptr(uid), ^uintptr(0)); errno != 0 {
			err = errno
			return
		}
		answer, err = exchange(path, token)
	}()
	<-done
	return answer, err
}
