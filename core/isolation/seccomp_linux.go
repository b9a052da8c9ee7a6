package isolation

import (
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// architectures are what the kernel calls those that we know the numbers of.
var architectures = map[string]uint32{"amd64": unix.AUDIT_ARCH_X86_64, "arm64": unix.AUDIT_ARCH_AARCH64}

// otherNumbers is the bit of system calls in amd64's other numbering (x32).
const otherNumbers = 0x40000000

// closeByways closes the ways around Landlock's rules for TCP ports, which know sockets of TCP alone: Go listens by
// multipath TCP unless told otherwise. Such sockets, system calls in other numberings and io_uring are answered as by a
// kernel that lacks them, and programs fall back to what is restricted.
func closeByways() error {
	architecture, known := architectures[runtime.GOARCH]
	if !known {
		return fmt.Errorf("multipath TCP can't be restricted on %s", runtime.GOARCH)
	}
	load := func(offset uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: offset}
	}
	jump := func(test uint16, value uint32, then, otherwise uint8) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_K | test, K: value, Jt: then, Jf: otherwise}
	}
	answer := func(with uint32) unix.SockFilter { return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: with} }
	// The offsets are those of struct seccomp_data: number 0, architecture 4, arguments from 16, 8 bytes each.
	filter := []unix.SockFilter{
		load(4), jump(unix.BPF_JEQ, architecture, 0, 7),
		load(0), jump(unix.BPF_JGE, otherNumbers, 5, 0),
		jump(unix.BPF_JEQ, unix.SYS_IO_URING_SETUP, 4, 0),
		jump(unix.BPF_JEQ, unix.SYS_SOCKET, 0, 2),
		load(16 + 2*8), jump(unix.BPF_JEQ, unix.IPPROTO_MPTCP, 2, 0),
		answer(unix.SECCOMP_RET_ALLOW),
		answer(unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)),
		answer(unix.SECCOMP_RET_ERRNO | uint32(unix.EPROTONOSUPPORT)),
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if _, _, err := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC,
		uintptr(unsafe.Pointer(&program))); err != 0 {
		return fmt.Errorf("multipath TCP can't be restricted: %w", err)
	}
	return nil
}
