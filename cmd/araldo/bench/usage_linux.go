package bench

import (
	"time"

	"github.com/prometheus/procfs"
	"golang.org/x/sys/unix"
)

// processorTime is the user and system time that a process has used (proc(5)), 0 where it is gone.
func processorTime(pid int) time.Duration {
	process, err := procfs.NewProc(pid)
	if err != nil {
		return 0
	}
	stat, err := process.Stat()
	if err != nil {
		return 0
	}
	return time.Duration(stat.CPUTime() * float64(time.Second))
}

// ownTime is that of this process.
func ownTime() time.Duration {
	var usage unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &usage) != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
