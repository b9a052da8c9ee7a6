package metrics

import "github.com/prometheus/procfs"

// usageOf reads /proc, see proc(5); nil where the process is gone.
func usageOf(pid int) *usage {
	if pid == 0 {
		return nil
	}
	process, err := procfs.NewProc(pid)
	if err != nil {
		return nil
	}
	stat, err := process.Stat()
	if err != nil {
		return nil
	}
	descriptors, err := process.FileDescriptorsLen()
	if err != nil {
		return nil
	}
	return &usage{stat.CPUTime(), float64(stat.ResidentMemory()), float64(descriptors)}
}
