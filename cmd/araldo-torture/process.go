package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"syscall"
)

// alive reports whether a process runs. One that has ended and waits for its parent to notice does not.
func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !bytes.HasPrefix(stat[bytes.LastIndexByte(stat, ')')+1:], []byte(" Z"))
}

// memory is what a process has in memory of its own, bytes; 0 for one that has ended.
func memory(pid int) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, after, _ := bytes.Cut(status, []byte("RssAnon:"))
	number, _, _ := bytes.Cut(bytes.TrimSpace(after), []byte(" "))
	kilobytes, _ := strconv.ParseInt(string(number), 10, 64)
	return kilobytes << 10
}

// descriptors counts what a process has open; 0 for one that has ended.
func descriptors(pid int) int {
	open, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		return 0
	}
	return len(open)
}

// signalTo sends a signal to a process of the run. pid 0 would be the program's own group.
func signalTo(pid int, s syscall.Signal) error {
	if pid <= 0 {
		return fmt.Errorf("there is no process to send %v to", s)
	}
	return syscall.Kill(pid, s)
}
