package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// program is araldo, built for its own account of itself: it completes its command line, so it can tell all of it.
type program struct{ path, dir string }

// commandTable lists the commands with their flags.
func commandTable(root string) (string, error) {
	dir, err := os.MkdirTemp("", "docs")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	p := program{filepath.Join(dir, "araldo"), dir}
	build := exec.Command("go", "build", "-o", p.path, "./cmd/araldo")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	rows := [][]string{{"command", "what it does", "flags"}}
	list, err := p.commands()
	return table(append(rows, list...)...), err
}

// commands are the rows of the commands below the path, those of a command with commands of its own in its place.
func (p program) commands(path ...string) ([][]string, error) {
	lines, err := p.completions(append(path, "")...)
	if err != nil {
		return nil, err
	}
	var rows [][]string
	for _, line := range lines {
		name, short, _ := strings.Cut(line, "\t")
		below := append(append([]string{}, path...), name)
		help, err := p.run(append(below, "--help")...)
		if err != nil {
			return nil, err
		}
		if strings.Contains(help, "\nAvailable Commands:\n") && name != "completion" {
			list, err := p.commands(below...)
			if err != nil {
				return nil, err
			}
			rows = append(rows, list...)
			continue
		}
		flags, err := p.flags(below)
		if err != nil {
			return nil, err
		}
		rows = append(rows, []string{code(usage(help)), short, flags})
	}
	return rows, nil
}

var usageLine = regexp.MustCompile(`(?m)^Usage:\n  (araldo.*?)(?: \[flags\])?$`)

// usage is a command's first line in its help, without the word for flags.
func usage(help string) string {
	if found := usageLine.FindStringSubmatch(help); found != nil {
		return found[1]
	}
	return help
}

var valueName = regexp.MustCompile("`([^`]+)`")

func (p program) flags(path []string) (string, error) {
	lines, err := p.completions(append(append([]string{}, path...), "--")...)
	if err != nil {
		return "", err
	}
	var list []string
	for _, line := range lines {
		flag, about, _ := strings.Cut(line, "\t")
		if flag == "--help" {
			continue
		}
		if value := valueName.FindStringSubmatch(about); value != nil {
			flag += " " + value[1]
		}
		list = append(list, code(flag))
	}
	return strings.Join(list, ", "), nil
}

// completions are what a shell would offer for the last word, each with a tab and its description.
func (p program) completions(words ...string) ([]string, error) {
	out, err := p.run(append([]string{"__complete"}, words...)...)
	if err != nil {
		return nil, err
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	return lines[:len(lines)-1], nil // the last one is for the shell
}

func (p program) run(args ...string) (string, error) {
	command := exec.Command(p.path, args...)
	command.Dir = p.dir
	out, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("araldo %s: %w", strings.Join(args, " "), err)
	}
	return string(out), nil
}
