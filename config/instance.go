package config

import (
	"slices"
	"time"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/document"
)

// Instance is one configured endpoint or marshalling. Its methods may be called by several goroutines.
type Instance struct {
	Name, ID string
	Kind     core.Kind
	Position core.Position
	// Enabled: false starts the endpoint switched off.
	Enabled bool
	// Marshalling is a marshalling's name, empty for none.
	Marshalling string
	// OwnProcess: the instance does not share its plugin's process.
	OwnProcess bool
	Restart    Restart
	// OnFailure is OnFailureDisable or OnFailureExit.
	OnFailure string
	// Timeout is how long it may take for a message, from 1 ms to 1 h.
	Timeout time.Duration
	// Trust are the attributes (`to`, `hops`, `correlation`) that it may set; nil where the file does not say, see Trusted.
	Trust []string

	value         document.Value
	marshallingAt document.Value
	own           []document.Entry
	secrets       *Secrets
	broken        broken
	schemas       *schemas
}

// Trusted returns the attributes that the endpoint may set. Where the file does not say, an endpoint that strangers
// connect to, by its claim to listen, is trusted with nothing, and one that connects to a middleware with all.
func (in *Instance) Trusted(assessment core.Assessment) []string {
	if in.Trust != nil {
		return in.Trust
	}
	if slices.ContainsFunc(assessment.Claims, isListening) {
		return nil
	}
	return slices.Clone(trustable)
}

var (
	trustable = []string{"to", "hops", "correlation", "traceparent"}
	// hubKeys belong to the hub, the rest to the plugin.
	hubKeys = map[core.Kind][]string{
		core.KindEndpoint: {"name", "id", "enabled", "marshalling", "process", "restart", "on-failure", "timeout", "trust"},
		// A marshalling is used by endpoints, so what says who uses it has no sense there.
		core.KindMarshalling: {"name", "id", "process", "restart", "on-failure", "timeout"},
	}
	restartKeys = []string{"initial", "max", "limit", "window"}
)

// parseInstance reads the hub's keys and keeps the others; ok: it has a usable name and id.
func (c *Config) parseInstance(ps *core.Problems, kind core.Kind, v document.Value) (in Instance, ok bool) {
	in = Instance{Kind: kind, Position: v.Position(), Enabled: true, Restart: DefaultRestart, Timeout: DefaultTimeout,
		OnFailure: OnFailureDisable, value: v, secrets: c.Secrets, broken: c.broken, schemas: c.schemas}
	if v.IsNull() {
		ps.Errorf(v.Position(), "write `- name: ...` and `id: ...`", "an empty entry under %s", kind)
		return in, false
	}
	for _, e := range v.Entries(ps, "this "+kind.String()) {
		if slices.Contains(hubKeys[kind], e.Key) {
			in.read(ps, e)
			continue
		}
		in.own = append(in.own, e)
		e.Value.Scalars(func(v document.Value) { c.Secrets.Add(v.Inserted()...) })
	}
	return in, v.IsMapping() && in.named(ps)
}

// named reports whether name and id are there and right, and says so where not.
func (in *Instance) named(ps *core.Problems) bool {
	missing := func(key string) {
		ps.Errorf(in.Position, "each has a `name:` of its own and the `id:` of what it is", "%s %shas no `%s`", in.Kind,
			space(in.Name), key)
	}
	if in.Name == "" {
		missing("name")
	} else if !core.ValidName(in.Name) {
		ps.Errorf(in.at("name"), document.NameRule, "name: %q is not allowed", in.Name)
	}
	if in.ID == "" {
		missing("id")
	}
	return core.ValidName(in.Name) && in.ID != ""
}

func space(name string) string {
	if name == "" {
		return ""
	}
	return name + " "
}

// at is the place of one of the instance's values, or of the instance where it has none.
func (in *Instance) at(key string) core.Position {
	if v, found := in.value.Child(key); found {
		return v.Position()
	}
	return in.Position
}

func (in *Instance) read(ps *core.Problems, e document.Entry) {
	switch e.Key {
	case "name":
		e.String(ps, &in.Name)
	case "id":
		e.String(ps, &in.ID)
	case "enabled":
		e.Bool(ps, &in.Enabled)
	case "marshalling":
		e.String(ps, &in.Marshalling)
		in.marshallingAt = e.Value
	case "process":
		word := "shared"
		e.OneOf(ps, &word, "shared", "own")
		in.OwnProcess = word == "own"
	case "restart":
		for _, r := range e.Value.Entries(ps, "restart") {
			in.Restart.read(ps, r)
		}
		in.checkRestart(ps, e)
	case "on-failure":
		e.OneOf(ps, &in.OnFailure, OnFailureDisable, OnFailureExit)
	case "timeout":
		e.Duration(ps, &in.Timeout, time.Millisecond, time.Hour)
	case "trust":
		in.readTrust(ps, e)
	}
}

func (r *Restart) read(ps *core.Problems, e document.Entry) {
	switch e.Key {
	case "initial":
		e.Duration(ps, &r.Initial, 0, time.Hour)
	case "max":
		e.Duration(ps, &r.Max, 0, time.Hour)
	case "limit":
		e.Int(ps, &r.Limit, 0, 1000)
	case "window":
		e.Duration(ps, &r.Window, time.Second, 24*time.Hour)
	default:
		e.Unknown(ps, restartKeys)
	}
}

func (in *Instance) checkRestart(ps *core.Problems, e document.Entry) {
	if in.Restart.Initial > in.Restart.Max {
		ps.Errorf(e.Value.Position(), "the pause grows from `initial` to `max`", "restart: initial %s is more than max %s",
			document.FormatDuration(in.Restart.Initial), document.FormatDuration(in.Restart.Max))
	}
}

func (in *Instance) readTrust(ps *core.Problems, e document.Entry) {
	in.Trust = []string{}
	for _, text := range texts(ps, e) {
		if !slices.Contains(trustable, text) {
			ps.Errorf(e.Value.Position(), document.Suggest(ps, text, "allowed", trustable), "trust: %q is not allowed", text)
			continue
		}
		in.Trust = append(in.Trust, text)
	}
}

// texts reads a list of texts.
func texts(ps *core.Problems, e document.Entry) []string {
	var list []string
	for _, item := range e.Value.Items(ps, e.Key) {
		if !item.IsScalar() || item.IsNull() {
			ps.Errorf(item.Position(), "a text is wanted", "%s: %s is not allowed", e.Key, item.Show())
			continue
		}
		list = append(list, item.Text())
	}
	return list
}
