package isolation

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/landlock-lsm/go-landlock/landlock"
	abi "github.com/landlock-lsm/go-landlock/landlock/syscall"
	"golang.org/x/sys/unix"
)

// ABI is the version of Landlock that the kernel offers, 0 for none.
func ABI() int {
	version, err := abi.LandlockGetABIVersion()
	if err != nil {
		return 0
	}
	return version
}

// restrict puts the sandbox on this process and notes how far the kernel goes.
func (o order) restrict(done *Outcome) error {
	if done.ABI = ABI(); o.Sandbox == Off {
		return nil
	}
	if o.Sandbox == Enforce && done.ABI < abiTCP {
		return fmt.Errorf("sandbox: enforce: the kernel offers %s: allow less by `sandbox: best-effort`", offered(done.ABI))
	}
	// What the hub was started with beside the standard ones is not the plugin's: no rule holds for what is open.
	if err := unix.CloseRange(3, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC); err != nil && done.ABI >= abiFiles {
		return fmt.Errorf("sandbox: %w", os.NewSyscallError("close_range", err))
	}
	rules, err := o.rules()
	if err == nil {
		err = landlock.V6.BestEffort().Restrict(rules...)
	}
	if err != nil {
		return fmt.Errorf("sandbox: %w", err)
	}
	if done.ABI < abiTCP {
		return nil
	}
	if err := closeByways(); err != nil {
		if o.Sandbox == Enforce {
			return fmt.Errorf("sandbox: enforce: %w", err)
		}
		done.Byways = err.Error()
	}
	return nil
}

func offered(version int) string {
	if version < abiFiles {
		return "no Landlock"
	}
	return fmt.Sprintf("Landlock ABI %d, which can't restrict TCP ports (ABI %d can)", version, abiTCP)
}

// rules are what the process may reach.
func (o order) rules() ([]landlock.Rule, error) {
	r := reach{grounds: o.Rules.grounds()}
	for _, path := range slices.Concat([]string{o.Program}, system, o.Rules.Read) {
		r.allow(path, landlock.RODirs, landlock.ROFiles)
	}
	for _, path := range slices.Concat([]string{o.Own}, devices, o.Rules.Write, o.Rules.made()) {
		r.allow(path, landlock.RWDirs, landlock.RWFiles)
	}
	for _, port := range o.Rules.Listen {
		r.list = append(r.list, landlock.BindTCP(uint16(port)))
	}
	for _, port := range o.Rules.Connect {
		r.list = append(r.list, landlock.ConnectTCP(uint16(port)))
	}
	return r.list, r.err
}

// made are the paths of Make as they can be let through: no sandbox lets a program make one file alone.
func (r Rules) made() []string {
	var list []string
	for _, path := range r.Make {
		if _, err := os.Stat(path); err != nil {
			path = filepath.Dir(path)
			if r.guards(path) {
				continue
			}
		}
		list = append(list, path)
	}
	return list
}

func (r Rules) guards(folder string) bool {
	if filepath.Dir(filepath.Dir(folder)) == filepath.Dir(folder) {
		return true // the root, or directly in it
	}
	return Holds(folder, r.Guarded)
}

// devices can be written to and keep nothing.
var devices = []string{"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"}

// system is what programs need to run at all, to find names and to check certificates: nothing in it is secret. The
// processes of others under /proc are not.
var system = []string{
	"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/nix/store",
	"/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/ld.so.preload", "/etc/alternatives",
	"/etc/resolv.conf", "/run/systemd/resolve", "/etc/hosts", "/etc/host.conf", "/etc/hostname", "/etc/nsswitch.conf", "/etc/gai.conf",
	"/etc/services", "/etc/protocols", "/etc/passwd", "/etc/group", "/etc/localtime", "/etc/timezone", "/etc/mime.types",
	"/etc/ssl/certs", "/etc/ssl/cert.pem", "/etc/ssl/openssl.cnf", "/etc/pki/tls/certs", "/etc/pki/tls/cert.pem",
	"/etc/pki/ca-trust", "/etc/ca-certificates", "/etc/crypto-policies",
	"/proc/self", "/proc/stat", "/proc/cpuinfo", "/proc/meminfo", "/proc/loadavg", "/proc/uptime", "/proc/version",
	"/proc/filesystems", "/proc/sys/vm", "/proc/sys/net/core/somaxconn", "/proc/sys/kernel",
	"/sys/fs/cgroup", "/sys/devices/system/cpu", "/sys/kernel/mm/transparent_hugepage",
}
