package relay

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ticksPerSecond is the kernel's USER_HZ, 100 on every Linux architecture that Go supports.
const ticksPerSecond = 100

// Usage is what a process and all its living descendants used so far. Source: proc(5).
type Usage struct {
	// CPU is user and system time, with that of children that ended and were waited for.
	CPU time.Duration
	// Resident and Proportional are bytes of memory now; Proportional shares out what several processes have in common.
	Resident, Proportional int64
	Processes              int
}

// Tree measures the process pid with its descendants. A process that ends meanwhile is left out.
func Tree(pid int) Usage {
	var all Usage
	for _, p := range family(pid) {
		resident, proportional := memory(p.pid)
		all.CPU += p.cpu()
		all.Resident += resident
		all.Proportional += proportional
		all.Processes++
	}
	return all
}

// member is a process as /proc/PID/stat shows it: its fields from the third on, the state.
type member struct {
	pid    int
	fields []string
}

// family is the process pid, if it lives, and its living descendants, parents before children.
func family(pid int) (found []member) {
	children := map[int][]int{}
	all := map[int]member{}
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, file := range files {
		m, ok := readStat(file)
		if !ok {
			continue
		}
		parent, _ := strconv.Atoi(m.fields[1])
		children[parent] = append(children[parent], m.pid)
		all[m.pid] = m
	}
	for queue := []int{pid}; len(queue) > 0; queue = queue[1:] {
		if m, lives := all[queue[0]]; lives {
			found = append(found, m)
		}
		queue = append(queue, children[queue[0]]...)
	}
	return found
}

func readStat(file string) (member, bool) {
	text, err := os.ReadFile(file)
	if err != nil {
		return member{}, false
	}
	// The second field is the program's name in brackets and may hold anything.
	end := strings.LastIndexByte(string(text), ')')
	pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
	fields := strings.Fields(string(text[end+1:]))
	return member{pid, fields}, err == nil && end >= 0 && len(fields) >= 15
}

// cpu is user and system time, also of children that ended, in steps of a tick.
func (m member) cpu() (sum time.Duration) {
	for _, field := range m.fields[11:15] { // utime, stime, cutime, cstime
		ticks, _ := strconv.ParseInt(field, 10, 64)
		sum += time.Duration(ticks) * time.Second / ticksPerSecond
	}
	return sum
}

func memory(pid int) (resident, proportional int64) {
	rollup, _ := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	return kilobytes(string(rollup), "Rss:"), kilobytes(string(rollup), "Pss:")
}

func kilobytes(text, key string) int64 {
	lines := strings.Split(text, "\n")
	at := slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(line, key) })
	if at < 0 {
		return 0
	}
	fields := strings.Fields(lines[at])
	n, _ := strconv.ParseInt(fields[1], 10, 64)
	return n << 10
}
