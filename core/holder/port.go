// Package holder finds the process that has what can't be had.
package holder

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// OfPort names the address, HOST:PORT, in the error of a listen that failed and, where the system lets us see it, the
// process that has the port. The error wraps syscall.EADDRINUSE where it did.
func OfPort(err error, address string) error {
	if !errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("listen on %s: %w", address, err)
	}
	_, text, _ := net.SplitHostPort(address)
	number, _ := strconv.Atoi(text)
	if pid := holderOf(number); pid > 0 {
		return fmt.Errorf("listen on %s: %w (process %d has it)", address, syscall.EADDRINUSE, pid)
	}
	return fmt.Errorf("listen on %s: %w", address, syscall.EADDRINUSE)
}

// holderOf returns the process that listens on a TCP port, 0 where that can't be seen: it is another user's, or the
// system has no /proc.
func holderOf(port int) int {
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		for _, inode := range listeningInodes(table, port) {
			if pid := ownerOf("socket:[" + inode + "]"); pid > 0 {
				return pid
			}
		}
	}
	return 0
}

// listeningInodes reads the kernel's table of sockets: column 1 is address:port in hexadecimal, 3 the state, 9 the
// inode.
func listeningInodes(table string, port int) (inodes []string) {
	const listening = "0A"
	f, err := os.Open(table)
	if err != nil {
		return nil
	}
	defer f.Close()
	suffix := fmt.Sprintf(":%04X", port)
	for lines := bufio.NewScanner(f); lines.Scan(); {
		columns := strings.Fields(lines.Text())
		if len(columns) > 9 && strings.HasSuffix(columns[1], suffix) && columns[3] == listening {
			inodes = append(inodes, columns[9])
		}
	}
	return inodes
}

// ownerOf returns the process that has a descriptor with this target.
func ownerOf(target string) int {
	descriptors, _ := filepath.Glob("/proc/[0-9]*/fd/*")
	for _, d := range descriptors {
		if link, err := os.Readlink(d); err == nil && link == target {
			pid, _ := strconv.Atoi(strings.Split(d, "/")[2])
			return pid
		}
	}
	return 0
}
