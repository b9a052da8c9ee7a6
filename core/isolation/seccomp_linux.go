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

// smcProtocol is Linux's IPPROTO_SMC.
const smcProtocol = 256

// byway is a way around Landlock's rules for TCP ports: a system call one of whose arguments, counted from 0, passes the
// test against a value. It is refused as by a kernel that lacks it, and programs fall back to what is restricted.
type byway struct {
	call, argument uint32
	test           uint16
	value          uint32
	refusal        unix.Errno
}

// byways: Landlock knows sockets of TCP alone, and Go listens by multipath TCP unless told otherwise; SMC falls back to TCP
// towards those who don't speak it; and a connection that its first data opens is not asked about.
var byways = []byway{
	{unix.SYS_SOCKET, 2, unix.BPF_JEQ, unix.IPPROTO_MPTCP, unix.EPROTONOSUPPORT},
	{unix.SYS_SOCKET, 2, unix.BPF_JEQ, smcProtocol, unix.EPROTONOSUPPORT},
	{unix.SYS_SOCKET, 0, unix.BPF_JEQ, unix.AF_SMC, unix.EAFNOSUPPORT},
	{unix.SYS_SENDTO, 3, unix.BPF_JSET, unix.MSG_FASTOPEN, unix.EOPNOTSUPP},
	{unix.SYS_SENDMSG, 2, unix.BPF_JSET, unix.MSG_FASTOPEN, unix.EOPNOTSUPP},
	{unix.SYS_SENDMMSG, 3, unix.BPF_JSET, unix.MSG_FASTOPEN, unix.EOPNOTSUPP},
}

// closeByways refuses the byways to this process and what it becomes, and with them system calls in other numberings and
// io_uring, whose work no filter sees.
func closeByways() error {
	architecture, known := architectures[runtime.GOARCH]
	if !known {
		return fmt.Errorf("multipath TCP can't be restricted on %s", runtime.GOARCH)
	}
	filter := filterFor(architecture)
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if _, _, err := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC,
		uintptr(unsafe.Pointer(&program))); err != 0 {
		return fmt.Errorf("multipath TCP can't be restricted: %w", err)
	}
	return nil
}

// filterFor is the filter's program. The offsets are those of struct seccomp_data: number 0, architecture 4, arguments from
// 16, 8 bytes each.
func filterFor(architecture uint32) []unix.SockFilter {
	load := func(offset uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: offset}
	}
	jump := func(test uint16, value uint32, then, otherwise uint8) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_K | test, K: value, Jt: then, Jf: otherwise}
	}
	answer := func(with uint32) unix.SockFilter { return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: with} }
	refuse := func(with unix.Errno) unix.SockFilter { return answer(unix.SECCOMP_RET_ERRNO | uint32(with)) }
	list := []unix.SockFilter{
		load(4), jump(unix.BPF_JEQ, architecture, 1, 0), refuse(unix.ENOSYS),
		load(0), jump(unix.BPF_JGE, otherNumbers, 0, 1), refuse(unix.ENOSYS),
		jump(unix.BPF_JEQ, unix.SYS_IO_URING_SETUP, 0, 1), refuse(unix.ENOSYS),
	}
	for _, b := range byways {
		list = append(list, load(0), jump(unix.BPF_JEQ, b.call, 0, 3), load(16+8*b.argument), jump(b.test, b.value, 0, 1), refuse(b.refusal))
	}
	return append(list, answer(unix.SECCOMP_RET_ALLOW))
}
