package main

import (
	"debug/buildinfo"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

type platform struct{ system, processor string }

func (p platform) String() string { return p.system + "/" + p.processor }

// tree is the commit's files in a clone of their own, so that Go records the commit as it is and nothing else gets in.
type tree struct {
	dir  string
	time time.Time // the commit's
}

// clone makes one in the temporary directory; the caller removes it.
func clone(root string) (*tree, error) {
	dir, err := os.MkdirTemp("", "release")
	if err != nil {
		return nil, err
	}
	t := &tree{dir: dir}
	if err := t.fill(root); err != nil {
		return nil, fmt.Errorf("%w%s", err, tidied(os.RemoveAll(dir)))
	}
	return t, nil
}

// tidied adds to a message what went wrong while cleaning up.
func tidied(err error) string {
	if err == nil {
		return ""
	}
	return "; and " + err.Error()
}

func (t *tree) fill(root string) error {
	if _, err := output(root, nil, "git", "clone", "--quiet", "--shared", ".", t.dir); err != nil {
		return err
	}
	seconds, err := output(t.dir, nil, "git", "log", "-1", "--format=%ct")
	if err != nil {
		return err
	}
	at, err := strconv.ParseInt(seconds, 10, 64)
	t.time = time.Unix(at, 0).UTC()
	return err
}

// release builds for one platform and returns the name of the archive that it wrote into the folder out.
func (t *tree) release(p platform, out string) (string, error) {
	program := filepath.Join(t.dir, "bin", "araldo-"+p.system+"-"+p.processor)
	// GOFLAGS holds something so that no setting of the machine counts; the rest are what the defaults are today.
	environment := []string{"GOOS=" + p.system, "GOARCH=" + p.processor, "CGO_ENABLED=0", "GOFLAGS=-buildvcs=true",
		"GOAMD64=v1", "GOARM64=v8.0", "GOWORK=off"}
	if _, err := output(t.dir, environment, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", program, "./cmd/araldo"); err != nil {
		return "", err
	}
	record, err := buildinfo.ReadFile(program)
	if err != nil {
		return "", err
	}
	// Go makes it of the commit's tag, or of its time and hash: what `go install` of that version calls itself.
	folder := strings.Join([]string{"araldo", record.Main.Version, p.system, p.processor}, "-")
	return folder + ".tar.gz", t.archive(filepath.Join(out, folder+".tar.gz"), folder, []file{
		{"LICENSE", filepath.Join(t.dir, "LICENSE"), 0o644},
		{"NOTICES", filepath.Join(t.dir, "cmd/araldo/licenses.txt"), 0o644},
		{"araldo", program, 0o755},
		{"araldo.service", filepath.Join(t.dir, "deploy/araldo.service"), 0o644},
	})
}

// output runs a program and returns what it printed, without the last line's end.
func output(dir string, environment []string, name string, args ...string) (string, error) {
	command := exec.Command(name, args...)
	command.Dir = dir
	command.Env = append(os.Environ(), environment...)
	command.Stderr = os.Stderr
	text, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", name, args[0], err)
	}
	return strings.TrimSpace(string(text)), nil
}
