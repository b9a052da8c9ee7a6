package config

import (
	"slices"
	"strings"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/document"
	"github.com/araldo-relay/araldo/core/programs"
)

// Program is what one plugin's processes get and what they are kept to, whichever instances they serve.
type Program struct {
	// Name is the plugin's: kafka for a file araldo-plugin-kafka, redis for what is built in.
	Name     string
	Position core.Position
	// Env are variables of its environment; PassEnv names those that it takes over from the hub's.
	Env     map[string]string
	PassEnv []string
	Limits  Limits
	// Sandbox is SandboxOff, SandboxBestEffort or SandboxEnforce; SandboxGiven: the file says so.
	Sandbox      string
	SandboxGiven bool
	// Verify is what Global.Verify is, for this plugin alone; VerifyLocked: that holds.
	Verify string
	// Reattach is the socket of a plugin that runs already, which is then not started; empty: it is.
	Reattach string
	// Touches is what the sandbox lets through beside what the plugin's manifest names and its instances' keys.
	Touches Touches
}

// Limits of a process; 0: those of the hub.
type Limits struct{ Memory, OpenFiles int }

// Touches are TCP ports, and absolute paths of files and of folders with all that is in them.
type Touches programs.Touches

// The values of Program.Sandbox.
const (
	SandboxOff        = "off"
	SandboxBestEffort = "best-effort"
	SandboxEnforce    = "enforce"
)

// The bounds of limits. A program in Go maps its heap in parts of 64 MiB and needs some beside it.
const (
	leastMemory, mostMemory       = 64 << 20, 1 << 40
	leastOpenFiles, mostOpenFiles = 32, 1 << 20
)

var (
	programKeys  = []string{"env", "pass-env", "limits", "sandbox", "touches", "verify", "reattach"}
	limitsKeys   = []string{"memory", "open-files"}
	sandboxWords = []string{SandboxOff, SandboxBestEffort, SandboxEnforce}
)

// Program is what the file says of a plugin, or what holds where it says nothing.
func (c *Config) Program(name string) Program {
	if at := slices.IndexFunc(c.Programs, func(p Program) bool { return p.Name == name }); at >= 0 {
		return c.Programs[at]
	}
	return Program{Name: name, Sandbox: SandboxBestEffort}
}

func (c *Config) loadPrograms(ps *core.Problems, list document.Value) {
	for _, e := range list.Entries(ps, "programs") {
		if !core.ValidName(e.Key) {
			ps.Errorf(e.Position(), document.NameRule, "programs: %q is not a plugin's name", e.Key)
			continue
		}
		p := Program{Name: e.Key, Position: e.Position(), Sandbox: SandboxBestEffort}
		for _, key := range e.Value.Entries(ps, e.Key) {
			p.read(ps, key, c.Secrets)
		}
		c.Programs = append(c.Programs, p)
	}
}

func (p *Program) read(ps *core.Problems, e document.Entry, secrets *Secrets) {
	switch e.Key {
	case "env":
		p.readEnv(ps, e, secrets)
	case "pass-env":
		p.PassEnv = e.Texts(ps, validVariable, variableRule)
	case "limits":
		for _, l := range e.Value.Entries(ps, "limits") {
			p.Limits.read(ps, l)
		}
	case "sandbox":
		e.OneOf(ps, &p.Sandbox, sandboxWords...)
		p.SandboxGiven = true
	case "verify":
		e.OneOf(ps, &p.Verify, verifyWords...)
	case "reattach":
		e.String(ps, &p.Reattach)
		if p.Reattach != "" && !document.CleanPath(p.Reattach) {
			ps.Errorf(e.Value.Position(), document.PathRule, "reattach: %s is not allowed", e.Value.Show())
		}
	case "touches":
		for _, t := range e.Value.Entries(ps, "touches") {
			(*programs.Touches)(&p.Touches).Set(ps, t)
		}
	default:
		e.Unknown(ps, programKeys)
	}
}

// readEnv takes the variables. What is set for a plugin alone is often a secret, so all values are treated as such.
func (p *Program) readEnv(ps *core.Problems, e document.Entry, secrets *Secrets) {
	p.Env = map[string]string{}
	for _, v := range e.Value.Entries(ps, "env") {
		switch text := v.Value.Text(); {
		case !validVariable(v.Key):
			ps.Errorf(v.Position(), variableRule, "env: %q is not allowed", v.Key)
		case !v.Value.IsScalar() || v.Value.IsNull() || strings.ContainsRune(text, 0):
			ps.Errorf(v.Value.Position(), "a text is wanted", "env: %s is not allowed", v.Key)
		default:
			p.Env[v.Key] = text
			secrets.Add(v.Value.Inserted()...)
		}
	}
}

const variableRule = "a name of the characters A-Z a-z 0-9 _ is wanted, the first no digit, that does not begin with ARALDO_PLUGIN, " +
	"ARALDO_CONFINED or PLUGIN_: those are the hub's"

// validVariable keeps to POSIX's names (XBD 8.1), and away from those by which the hub starts plugins.
func validVariable(name string) bool {
	for i, r := range name {
		letter := r == '_' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return name != "" && !slices.ContainsFunc([]string{"ARALDO_PLUGIN", "ARALDO_CONFINED", "PLUGIN_"}, func(own string) bool {
		return strings.HasPrefix(name, own)
	})
}

func (l *Limits) read(ps *core.Problems, e document.Entry) {
	switch e.Key {
	case "memory":
		e.Bytes(ps, &l.Memory, leastMemory, mostMemory)
	case "open-files":
		e.Int(ps, &l.OpenFiles, leastOpenFiles, mostOpenFiles)
	default:
		e.Unknown(ps, limitsKeys)
	}
}
