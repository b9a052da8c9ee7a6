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
	children := map[int][]int{}
	stats := map[int][]string{}
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, file := range files {
		fields, own := readStat(file)
		if fields == nil {
			continue
		}
		parent, _ := strconv.Atoi(fields[1])
		children[parent] = append(children[parent], own)
		stats[own] = fields
	}
	var all Usage
	for queue := []int{pid}; len(queue) > 0; queue = queue[1:] {
		if fields := stats[queue[0]]; fields != nil {
			all.add(queue[0], fields)
		}
		queue = append(queue, children[queue[0]]...)
	}
	return all
}

// readStat returns the fields of /proc/PID/stat from the third on, the state, and the process id.
func readStat(file string) (fields []string, pid int) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, 0
	}
	// The second field is the program's name in brackets and may hold anything.
	end := strings.LastIndexByte(string(text), ')')
	pid, err = strconv.Atoi(filepath.Base(filepath.Dir(file)))
	if fields = strings.Fields(string(text[end+1:])); end < 0 || err != nil || len(fields) < 15 {
		return nil, 0
	}
	return fields, pid
}

func (u *Usage) add(pid int, fields []string) {
	for _, field := range fields[11:15] { // utime, stime, cutime, cstime
		ticks, _ := strconv.ParseInt(field, 10, 64)
		u.CPU += time.Duration(ticks) * time.Second / ticksPerSecond
	}
	rollup, _ := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	u.Resident += kilobytes(string(rollup), "Rss:")
	u.Proportional += kilobytes(string(rollup), "Pss:")
	u.Processes++
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
