package sdktest

import (
	"fmt"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

// Promises is what the suite holds an id to. What the id can do is read from its capabilities.
type Promises struct {
	ID string
	// New sets up the outside world of one instance, to be cleared away by the test's end.
	New func(t testing.TB) Outside
	// NewStalled, where given, sets up one whose other side takes nothing, so that no message is ever confirmed.
	NewStalled func(t testing.TB) Outside
	// NewRefusing, where given, sets up one whose other side takes no message: each must come to be a failure.
	NewRefusing func(t testing.TB) Outside
	// BadConfigs are configurations that must be refused, and the JSON pointer of the finding.
	BadConfigs map[string]string
	// MaxPayload is the largest payload that must pass, bytes; 0 means 512 KiB.
	MaxPayload int
	// NoEmpty: the protocol has no empty messages.
	NoEmpty bool
	// Echoes: what an instance is sent comes back in, unchanged and in order, so that nobody else has to feed or read it.
	Echoes bool
	// Answers: what an instance is sent makes it bring messages in, so that it takes no more while nobody takes those.
	Answers bool
	// BringsItself: an instance brings messages in by itself, without end, so that nobody has to feed it.
	BringsItself bool
	// NoOrder: messages of one lane may reach the other side in another order.
	NoOrder bool
	// Values, of a marshalling, are payloads of its format that become canonical values and those again.
	Values []string
	// BadValues are payloads that its format does not have, and the JSON pointer to what is wrong.
	BadValues map[string]string
}

// Outside is the world outside of one instance.
type Outside struct {
	// Config is the instance's own keys, one JSON object.
	Config     string
	BaseDir    string
	ServerPort int
	// Ready, where given, is called when the instance is open and when it was switched on again, before messages flow:
	// time for clients to connect.
	Ready func(t testing.TB)
	// Feed brings messages in, with these payloads where they can be chosen, and returns the payloads that the hub is to
	// get, in order. Nil where the id is no inbound. More messages may follow by themselves.
	Feed func(t testing.TB, payloads [][]byte) [][]byte
	// Read returns the next n payloads that the other side got, and fails the test if they do not come in time. Nil
	// where the id is no outbound, or nobody can see what became of the messages.
	Read func(t testing.TB, n int) [][]byte
}

// suite is one run against one plugin, in memory or in a process.
type suite struct {
	Promises
	hub  *Hub
	typ  core.TypeInfo
	used atomic.Int32
	// outOfReach: there are no functions for the world outside, so that what needs them is left out by name.
	outOfReach bool
}

// ruleGoroutines is what Run can hold a plugin to and nobody over the wire.
const ruleGoroutines = "When all instances are closed, no goroutine is left."

// Run holds a plugin to its promises, in memory and in a process of its own. The test binary's TestMain must be Main.
func Run(t *testing.T, p sdk.Plugin, promises Promises) {
	t.Run("memory", func(t *testing.T) {
		before := goleak.IgnoreCurrent()
		t.Cleanup(func() {
			if err := goleak.Find(before); err != nil {
				t.Errorf("the rule that it breaks: %s\n%v", ruleGoroutines, err)
			}
		})
		newSuite(t, promises, InMemory(t, p)).run(t)
	})
	t.Run("process", func(t *testing.T) {
		process := InProcess(t)
		newSuite(t, promises, process.Hub).run(t)
		t.Run("outlives signals", func(t *testing.T) { checkSignals(t, process) })
		t.Run("ends with its hub", func(t *testing.T) { checkEnd(t, process) })
	})
}

func newSuite(t T, p Promises, h *Hub) *suite {
	if p.MaxPayload == 0 {
		p.MaxPayload = 512 << 10
	}
	return &suite{Promises: p, hub: h, typ: h.typeInfo(t, p.ID)}
}

func (s *suite) run(t *testing.T) {
	do, _ := s.plan()
	for _, c := range do {
		t.Run(c.name, func(t *testing.T) {
			t.Cleanup(func() {
				if t.Failed() {
					t.Logf("the rule that it breaks: %s", rules[c.name])
				}
			})
			c.check(t)
		})
	}
}

// open opens an instance in an outside of its own.
func (s *suite) open(t T) (string, Outside) {
	t.Helper()
	return s.openIn(t, s.New(inTest(t)))
}

func (s *suite) openIn(t T, o Outside) (string, Outside) {
	t.Helper()
	i := s.instance(o)
	if err := s.hub.Open(t, i); err != nil {
		t.Fatalf("open: %v", err)
	}
	o.ready(t)
	return i.Name, o
}

func (s *suite) instance(o Outside) Instance {
	return Instance{
		Name: fmt.Sprintf("sdktest-%d", s.used.Add(1)), ID: s.ID, Config: o.Config, BaseDir: o.BaseDir,
		ServerPort: o.ServerPort,
	}
}

func (o *Outside) ready(t T) {
	t.Helper()
	if o.Ready != nil {
		o.Ready(inTest(t))
	}
}

// payloads are n different ones.
func payloads(n int) [][]byte {
	list := make([][]byte, n)
	for i := range list {
		list[i] = fmt.Appendf(nil, "message %d", i+1)
	}
	return list
}
