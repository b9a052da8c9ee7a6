package isolation

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// place has what tests reach for: a folder with a file, and a port that answers.
type place struct {
	folder, file string
	port         int
	address      string
}

func newPlace(t *testing.T) place {
	t.Helper()
	p := place{folder: t.TempDir()}
	p.file = filepath.Join(p.folder, "file")
	if err := os.WriteFile(p.file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	p.port, p.address = l.Addr().(*net.TCPAddr).Port, l.Addr().String()
	return p
}

// freePort is one that nobody listens at.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// expected is what a deed comes to where the sandbox holds, or does not.
func expected(restricted bool, object string) string {
	if restricted {
		return object + ": permission denied"
	}
	return "ok"
}

func TestWhatNoRuleNamesIsDeniedAsFarAsTheKernelGoes(t *testing.T) {
	here, free := newPlace(t), freePort(t)
	for _, mode := range []Mode{BestEffort, Enforce} {
		r := confined(t, Settings{Sandbox: mode}, nil, "read "+here.file, "write "+here.file, "write "+filepath.Join(here.folder, "new"),
			"connect "+here.address, fmt.Sprintf("listen 127.0.0.1:%d", free), fmt.Sprint("signal ", os.Getpid()))
		if mode == Enforce && ABI() < abiTCP {
			if r.err == nil || !strings.Contains(r.err.Error(), "sandbox: enforce: the kernel offers") {
				t.Errorf("enforced on a kernel with Landlock ABI %d: %+v", ABI(), r)
			}
			continue
		}
		files, tcp := r.outcome.Restricts()
		if r.err != nil || r.outcome.ABI != ABI() || files != (ABI() >= abiFiles) || tcp != (ABI() >= abiTCP) {
			t.Fatalf("%v: outcome %+v, %v", mode, r.outcome, r.err)
		}
		want := []string{
			expected(files, "open "+here.file), expected(files, "open "+here.file),
			expected(files, "open "+filepath.Join(here.folder, "new")),
			expected(tcp, "dial tcp "+here.address+": connect"), expected(tcp, fmt.Sprintf("listen tcp 127.0.0.1:%d: bind", free)),
			"ok",
		}
		if r.outcome.ABI >= abiScope {
			want[5] = "operation not permitted"
		}
		if strings.Join(r.lines, "\n") != strings.Join(want, "\n") {
			t.Errorf("%v on Landlock ABI %d:\n%s\nwant\n%s", mode, ABI(), strings.Join(r.lines, "\n"), strings.Join(want, "\n"))
		}
	}
}

func TestWhatRulesNameIsLetThrough(t *testing.T) {
	here, free := newPlace(t), freePort(t)
	other := newPlace(t)
	r := confined(t, Settings{Sandbox: BestEffort, Rules: Rules{
		Read: []string{here.file, "/not/there"}, Write: []string{other.folder}, Connect: []int{here.port}, Listen: []int{free},
	}}, nil, "read "+here.file, "write "+filepath.Join(other.folder, "new"), "read "+other.file, "connect "+here.address,
		fmt.Sprintf("listen 127.0.0.1:%d", free), "run /bin/true", "write /dev/null", "read /etc/passwd")
	if r.err != nil || strings.Join(r.lines, " ") != "ok ok ok ok ok ok ok ok" {
		t.Errorf("%v %q", r.err, r.lines)
	}
}

func TestItsOwnFolderIsItsTemporaryOne(t *testing.T) {
	r := confined(t, Settings{Sandbox: BestEffort}, nil, "tell")
	want := fmt.Sprintf("shown %d TMPDIR=%s GOMEMLIMIT= mark=", r.pid, r.own)
	if r.err != nil || r.lines[0] != want {
		t.Errorf("it says %q, want %q (%v)", r.lines[0], want, r.err)
	}
	if r := confined(t, Settings{Sandbox: BestEffort}, []string{"TMPDIR=/else"}, "tell"); !strings.Contains(r.lines[0], " TMPDIR=/else ") {
		t.Errorf("what the operator says does not hold: %q", r.lines[0])
	}
}

// What the hub was started with, such as a file that a shell had open, is beyond all rules.
func TestOpenFilesOfTheHubStayWithIt(t *testing.T) {
	for _, mode := range []Mode{Off, BestEffort} {
		want := "ok"
		if mode != Off {
			want = "bad file descriptor"
		}
		if r := confined(t, Settings{Limits: Limits{OpenFiles: 64}, Sandbox: mode}, nil, "inherited"); r.err != nil || r.lines[0] != want {
			t.Errorf("%v: %v %q, want %q", mode, r.err, r.lines, want)
		}
	}
}

// A kernel without Landlock is told of, and with enforce nothing runs.
func TestWithoutLandlockBestEffortSaysSoAndEnforceRefuses(t *testing.T) {
	here, old := newPlace(t), []string{testKernel + "=old"}
	r := confined(t, Settings{Sandbox: BestEffort}, old, "read "+here.file, "connect "+here.address)
	if r.err != nil || strings.Join(r.lines, " ") != "ok ok" || r.outcome.ABI != 0 {
		t.Errorf("best-effort: %+v", r)
	}
	if got := r.outcome.String(); got != "best-effort: nothing is restricted, the kernel offers no Landlock" {
		t.Errorf("it says %q", got)
	}
	r = confined(t, Settings{Sandbox: Enforce}, old, "read "+here.file)
	if r.err == nil || !strings.Contains(r.err.Error(), "sandbox: enforce: the kernel offers no Landlock") || r.lines[0] != "" ||
		!strings.Contains(r.said, "sandbox: enforce") {
		t.Errorf("enforce: %+v", r)
	}
}

func TestLimitsHoldForWhatTheProcessBecomes(t *testing.T) {
	r := confined(t, Settings{Limits: Limits{OpenFiles: 64}}, nil, "files")
	if r.err != nil || r.lines[0] != "true open /dev/null: too many open files" {
		t.Errorf("%v %q", r.err, r.lines)
	}
}

// What a script holds is limited as what a program holds: by the kernel.
func TestMemoryBeyondTheLimitIsNotToBeHad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "program")
	script := "#!/bin/sh\necho $GOMEMLIMIT\nx=$(head -c 300000000 /dev/zero | tr '\\0' x)\necho ${#x}\n"
	if err := os.WriteFile(path, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	if r := confinedAs(t, path, Settings{Sandbox: BestEffort}, nil); r.err != nil || strings.Join(r.lines, " ") != "300000000" {
		t.Fatalf("without a limit: %+v", r)
	}
	r := confinedAs(t, path, Settings{Limits: Limits{Memory: 256 << 20}}, nil)
	if r.err != nil || strings.Join(r.lines, " ") != fmt.Sprint(168<<20) {
		t.Errorf("with 256 MiB: %+v", r)
	}
}

func TestAProgramThatCannotBeExecutedIsNamed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(path, []byte("no program"), 0o700); err != nil {
		t.Fatal(err)
	}
	if r := confinedAs(t, path, Settings{Sandbox: BestEffort}, nil); r.err == nil || !strings.Contains(r.err.Error(), "exec format error") {
		t.Errorf("%v", r.err)
	}
}

// Rules take descriptors while they are made; the limit is for what the program opens.
func TestFewOpenFilesAllowAllRules(t *testing.T) {
	here := newPlace(t)
	s := Settings{Sandbox: BestEffort, Limits: Limits{OpenFiles: 32}, Rules: Rules{Read: []string{here.folder}}}
	if r := confined(t, s, nil, "read "+here.file); r.err != nil || r.lines[0] != "ok" {
		t.Errorf("%v %q", r.err, r.lines)
	}
}
