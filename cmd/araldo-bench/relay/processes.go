package relay

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// ProcessUsage is one process of a relay.
type ProcessUsage struct {
	Pid int
	// Name is what the process list shows, without folders.
	Name string
	// CPU is exact to the nanosecond, unlike Usage, but knows only threads that live.
	CPU time.Duration
	// Resident and Proportional are bytes of memory, as in Usage.
	Resident, Proportional int64
}

// Processes are the process and its descendants, parents before children.
func (p *Process) Processes() (all []ProcessUsage) {
	for _, m := range family(p.cmd.Process.Pid) {
		resident, proportional := memory(m.pid)
		all = append(all, ProcessUsage{m.pid, shownName(m.pid), threadTime(m.pid), resident, proportional})
	}
	return all
}

func shownName(pid int) string {
	line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	name, _, _ := bytes.Cut(line, []byte{0})
	return filepath.Base(string(name))
}

// threadTime is the time on a processor of all threads: the first number of each thread's schedstat, nanoseconds.
// Source: https://docs.kernel.org/scheduler/sched-stats.html
func threadTime(pid int) (sum time.Duration) {
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	for _, file := range files {
		text, _ := os.ReadFile(file)
		first, _, _ := strings.Cut(string(text), " ")
		n, _ := strconv.ParseInt(first, 10, 64)
		sum += time.Duration(n)
	}
	return sum
}
