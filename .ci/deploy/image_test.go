package deploy

import (
	"bytes"
	"debug/elf"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const patience = 30 * time.Second

const configuration = `
global: {metrics-port: 0}
plugins:
  endpoints:
    - {name: clock, id: endpoint-mock, every: 10ms}
    - {name: sink, id: endpoint-mock}
routes:
  clock: [sink]
`

func TestTheImageHoldsWhatItNeedsAndNothingElse(t *testing.T) {
	m := build(t)
	var files []string
	err := filepath.WalkDir(m.root, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			files = append(files, strings.TrimPrefix(path, m.root))
		}
		return err
	})
	if want := []string{"/araldo", "/etc/ssl/certs/ca-certificates.crt"}; err != nil || !slices.Equal(files, want) {
		t.Errorf("it holds %q, want %q: %v", files, want, err)
	}
	program, err := elf.Open(filepath.Join(m.root, "araldo"))
	if err != nil {
		t.Fatal(err)
	}
	defer program.Close()
	if slices.ContainsFunc(program.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP }) {
		t.Error("its program needs a loader, which it does not hold")
	}
	if user, _, _ := strings.Cut(m.user, ":"); user == "" || user == "root" || user == "0" {
		t.Errorf("it runs as %q", m.user)
	}
	runs(t, m)
	checks(t, m)
}

// runs starts what the image starts and asks what its health test asks.
func runs(t *testing.T, m *image) {
	t.Helper()
	state := stateFolder(t, m)
	if err := os.WriteFile(filepath.Join(m.root, "etc/araldo/araldo.yaml"), []byte(configuration), 0o644); err != nil {
		t.Fatal(err)
	}
	var said lines
	hub := m.enter(state, m.command)
	hub.Stdout, hub.Stderr = &said, &said
	if err := hub.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- hub.Wait() }()
	t.Cleanup(func() { _ = hub.Process.Kill() })
	for limit := time.After(patience); !strings.Contains(said.String(), "araldo is ready"); {
		select {
		case err := <-ended:
			t.Fatalf("it ended: %v\n%s", err, said.String())
		case <-limit:
			t.Fatalf("it is not ready\n%s", said.String())
		case <-time.After(10 * time.Millisecond):
		}
	}
	if answer, err := m.enter(state, m.healthTest).CombinedOutput(); err != nil || !bytes.Contains(answer, []byte("clock")) {
		t.Errorf("it is ill: %v\n%s", err, answer)
	}
	inside := child(t, hub.Process.Pid)
	checkUnprivileged(t, inside)
	if err := syscall.Kill(inside, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("it ended with %v\n%s", err, said.String())
		}
	case <-time.After(patience):
		t.Errorf("it does not end\n%s", said.String())
	}
	if answer, err := m.enter(state, m.healthTest).CombinedOutput(); err == nil {
		t.Errorf("a hub that has ended is well: %s", answer)
	}
}

// stateFolder is the volume that the image's user may write to.
func stateFolder(t *testing.T, m *image) string {
	t.Helper()
	state, err := os.MkdirTemp("", "s") // sockets have short paths
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(state) })
	if os.Getuid() == 0 {
		m.run(tree, nil, "chown", m.user, state)
	}
	return state
}

// inside makes of a file tree what a container sees: read-only but for the volume and /tmp, with /proc and /dev.
const inside = `
root=$1 state=$2 user=$3; shift 3
mount --bind "$root" "$root"
mkdir -p "$root/dev" "$root/proc"
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
mount --bind "$state" "$root/data"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount -o remount,bind,ro "$root"
`

// enter is a command that runs in the image as its user: by chroot where the test runs as root; elsewhere in a namespace
// where the test's own user is called by that number.
func (m *image) enter(state string, command []string) *exec.Cmd {
	options := []string{"--mount", "--pid", "--fork", "--kill-child"}
	begin := `exec chroot --userspec="$user" "$root" "$@"`
	if os.Getuid() != 0 {
		options = append(options, "--user", "--map-root-user")
		begin = `exec unshare --user --map-user="${user%:*}" --map-group="${user#*:}" --root "$root" "$@"`
	}
	// Folders of tests are for their user alone; the image's user enters by the tree itself.
	_ = os.Chmod(m.root, 0o755)
	args := slices.Concat(options, []string{"sh", "-ec", inside + begin, "sh", m.root, state, m.user}, command)
	entered := exec.Command("unshare", args...)
	entered.Env = append([]string{"PATH=" + os.Getenv("PATH")}, m.environment...)
	return entered
}

// child is the only child of a process.
func child(t *testing.T, pid int) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		t.Fatal(err)
	}
	one, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	return one
}

// checkUnprivileged wants a process that is not root and has no capability.
func checkUnprivileged(t *testing.T, pid int) {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		switch fields := strings.Fields(line); fields[0] {
		case "Uid:", "Gid:":
			if slices.Contains(fields[1:], "0") {
				t.Errorf("it runs with %s", line)
			}
		case "CapEff:", "CapPrm:":
			if strings.Trim(fields[1], "0") != "" {
				t.Errorf("it runs with %s", line)
			}
		}
	}
}

// lines is what a program writes while the test reads it.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
