package relay

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// Programs are the paths of programs that descriptions name in braces, such as {araldo}.
type Programs map[string]string

// into adds the programs to the values for a description's texts. Paths become absolute: a relay runs elsewhere.
func (p Programs) into(values map[string]string) (err error) {
	for name, path := range p {
		if strings.ContainsRune(path, filepath.Separator) {
			path, err = filepath.Abs(path)
		}
		if err != nil {
			return fmt.Errorf("program %s: %w", name, err)
		}
		values[name] = path
	}
	return nil
}

// Relay is a relay that runs one workload.
type Relay struct {
	*Process
	Port int
}

// Start starts a description's relay for a workload. It does not wait until the relay is ready: its ends show that.
func (d *Description) Start(work string, redisPort int, programs Programs) (*Relay, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return nil, err
	}
	process, err := d.startIn(dir, work, port, redisPort, programs)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return &Relay{process, port}, nil
}

func (d *Description) startIn(dir, work string, port, redisPort int, programs Programs) (*Process, error) {
	values := map[string]string{"port": strconv.Itoa(port), "redis-port": strconv.Itoa(redisPort), "dir": dir, "work": work}
	if err := programs.into(values); err != nil {
		return nil, err
	}
	if err := writeFiles(dir, d.files(work), values); err != nil {
		return nil, err
	}
	command, err := d.line(work, values)
	if err != nil {
		return nil, err
	}
	return start(d.Name, command, dir, d.Ready)
}

// line is the command with all values put in and its program found.
func (d *Description) line(work string, values map[string]string) ([]string, error) {
	var line []string
	for _, word := range d.command(work) {
		word = fill(word, values)
		if name, missing := strings.CutPrefix(word, "{"); missing {
			return nil, fmt.Errorf("%s: a program is not given: --program %s=PATH", d.Name, strings.TrimSuffix(name, "}"))
		}
		line = append(line, word)
	}
	path, err := exec.LookPath(line[0])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", d.Name, err)
	}
	line[0], err = filepath.Abs(path)
	return line, err
}

// StartRedis starts a redis-server that keeps nothing on disk, at a free port.
func StartRedis(ctx context.Context) (*Relay, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "bench-redis-")
	if err != nil {
		return nil, err
	}
	process, err := start("redis-server", []string{"redis-server", "--port", strconv.Itoa(port), "--bind", "127.0.0.1",
		"--save", "", "--appendonly", "no", "--client-output-buffer-limit", "pubsub", "0", "0", "0"}, dir, "")
	if err != nil {
		return nil, err
	}
	if err := process.awaitPort(ctx, port); err != nil {
		_ = process.Stop()
		return nil, err
	}
	return &Relay{process, port}, nil
}
