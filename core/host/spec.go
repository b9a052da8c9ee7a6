package host

import (
	"os"
	"slices"
	"time"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/isolation"
)

// Spec says what a plugin is and how it is supervised.
type Spec struct {
	// Name is unique within a Host.
	Name string
	// Path of the program, as people know it. Empty: this program is started again to serve the built-in plugin Builtin.
	Path    string
	Builtin string
	// Reattach, where set, is the Unix socket of a plugin that runs already, such as in a debugger: nothing is started then,
	// and Path is for people alone.
	Reattach string
	// File, where set, is the program at Path; nil: the file that Path names is executed as it is.
	File File
	// Restart's zero value means DefaultRestart.
	Restart RestartPolicy
	// Env is added, as NAME=value, to the few variables that plugins take over from the hub.
	Env []string
	// Isolation is what its process is kept to. Where it asks for anything, isolation.Main must have been called when this
	// program began.
	Isolation isolation.Settings
}

// RestartPolicy says when a plugin that ended is started again. The first restart after a minute of health is
// immediate; then the pause is Initial, doubled up to Max, each shortened by up to a half at random. With Initial 0 there
// are no pauses.
type RestartPolicy struct {
	Initial, Max time.Duration
	// Limit restarts within Window, and the next end is the plugin's failure. 0: it is started again for ever.
	Limit  int
	Window time.Duration
}

// DefaultRestart is the policy where the configuration names none.
var DefaultRestart = RestartPolicy{Initial: 250 * time.Millisecond, Max: 30 * time.Second, Limit: 10, Window: 5 * time.Minute}

func (r RestartPolicy) withDefaults() RestartPolicy {
	if r == (RestartPolicy{}) {
		return DefaultRestart
	}
	return r
}

// environment is all that the process sees besides go-plugin's own variables; own is its folder. Of two of a name the later
// holds.
func (s Spec) environment(own string) []string {
	var env []string
	for _, name := range inherited {
		if value, set := os.LookupEnv(name); set {
			env = append(env, name+"="+value)
		}
	}
	if s.Path == "" {
		env = append(env, core.PluginMark+"="+s.Builtin)
	} else {
		env = append(env, cleanPython)
	}
	return slices.Concat(env, s.Isolation.Own(own), s.Env)
}

// cleanPython keeps Python from putting what it compiled beside its files, which would not be those any more that the lock
// knows.
const cleanPython = "PYTHONDONTWRITEBYTECODE=1"

// inherited are the variables that plugins take over. Others may hold secrets of the hub's.
var inherited = []string{
	"PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "TZ", "ZONEINFO", "LANG", "LC_ALL", "LC_CTYPE", "LC_MESSAGES",
	"SSL_CERT_FILE", "SSL_CERT_DIR", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
	"GOMAXPROCS", "GOGC", "GOMEMLIMIT", "GODEBUG", "GOTRACEBACK", "GORACE", "GOCOVERDIR",
}
