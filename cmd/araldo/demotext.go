package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// demoLine is a command to try and what it does.
type demoLine struct {
	What string `json:"what"`
	Line string `json:"line"`
}

// lines are commands that can be copied as they are.
func (d *demonstration) lines() []demoLine {
	return []demoLine{
		{"A message from Redis to every tab:", fmt.Sprintf(`redis-cli -p %d publish talk "hello from Redis"`, d.redis)},
		{"What the tabs send, as it reaches Redis:", fmt.Sprintf("redis-cli -p %d subscribe talk", d.redis)},
		{"What became of every message:", fmt.Sprintf("%s status --socket %s", d.program, shellWord(d.socket))},
		{"Without redis-cli, as if Redis had published it:", fmt.Sprintf(`%s send redis "hello by hand" --socket %s`, d.program, shellWord(d.socket))},
		{"Messages as they pass:", fmt.Sprintf("%s tap tabs --socket %s", d.program, shellWord(d.socket))},
	}
}

// greet says what there is to see and to try. That the writer takes nothing any more is no reason to end.
func (d *demonstration) greet(w io.Writer) {
	var b strings.Builder
	fmt.Fprintf(&b, "araldo demo: a page in your browser and a built-in Redis, joined by a hub.\n\n")
	fmt.Fprintf(&b, "Open this page in two tabs:\n\n    http://127.0.0.1:%d/\n\n", d.web)
	if line := tunnel(os.Getenv, d.web); line != "" {
		fmt.Fprintf(&b, "There is no browser here? Run this on the machine with the browser, then open the page there:\n\n    %s\n\n", line)
	}
	fmt.Fprintf(&b, "Then try, in another terminal%s:\n", d.where())
	for _, l := range d.lines() {
		fmt.Fprintf(&b, "\n    # %s\n    %s\n", strings.TrimSuffix(l.What, ":"), l.Line)
	}
	fmt.Fprintf(&b, "\nCtrl-C ends it and leaves nothing behind.\n")
	_, _ = io.WriteString(w, b.String())
}

// tunnel is the ssh command that brings the page to another machine, empty where a browser can run on this one.
func tunnel(env func(string) string, port int) string {
	display := runtime.GOOS != "linux" || env("DISPLAY") != "" || env("WAYLAND_DISPLAY") != ""
	remote := env("SSH_CONNECTION")
	if display && remote == "" {
		return ""
	}
	host, option := "HOST", ""
	if name, err := os.Hostname(); err == nil {
		host = name
	}
	// CLIENT PORT SERVER PORT, as that client reached us.
	if parts := strings.Fields(remote); len(parts) == 4 {
		host = parts[2]
		if parts[3] != "22" {
			option = " -p " + parts[3]
		}
	}
	if user := env("USER"); user != "" {
		host = user + "@" + host
	}
	return fmt.Sprintf("ssh -N%s -L %d:127.0.0.1:%d %s", option, port, port, host)
}

// goRun is how the program is called from its source.
const goRun = "go run ./cmd/araldo"

// where says where the lines can be run, if not anywhere.
func (d *demonstration) where() string {
	if d.program == goRun {
		return " in the same folder"
	}
	return ""
}

// programName is what a shell calls this program: by its name where that leads here, as the README does where `go run`
// built it from the working folder, else by its path.
func programName() string {
	path, err := os.Executable()
	if err != nil {
		return "araldo"
	}
	if named, err := exec.LookPath("araldo"); err == nil && sameFile(named, path) {
		return "araldo"
	}
	if strings.Contains(path, string(filepath.Separator)+"go-build") {
		if _, err := os.Stat(filepath.Join("cmd", "araldo", "demo.go")); err == nil {
			return goRun
		}
	}
	return shellWord(path)
}

func sameFile(a, b string) bool {
	one, errOne := os.Stat(a)
	other, errOther := os.Stat(b)
	return errOne == nil && errOther == nil && os.SameFile(one, other)
}

// shellWord quotes a text for a POSIX shell where that is needed.
func shellWord(text string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/._-+:@%,=", r)
	}
	if text != "" && strings.IndexFunc(text, func(r rune) bool { return !plain(r) }) < 0 {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
