package mock

import (
	"path/filepath"
	"time"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

// config is the keys of endpoint-mock.
type config struct {
	Channel    string            `key:"channel" doc:"Free text that says what the mock stands for; it has no effect."`
	Every      *time.Duration    `key:"every" min:"0s" doc:"Make a message this often; 0s: as fast as the hub takes them. Not given: make none."`
	Payload    string            `key:"payload" default:"hello" doc:"Payload of the messages made; {n} becomes the message's number, from 1."`
	File       string            `key:"payload-file" doc:"File that holds the payload, in place of payload. A relative one starts at the configuration's folder."`
	Size       sdk.Bytes         `key:"size" default:"0" doc:"Fill payloads with dots up to this many bytes."`
	Count      int               `key:"count" default:"0" min:"0" doc:"Make this many messages, then no more; 0: no end."`
	Attributes map[string]string `key:"attributes" doc:"Attributes of the messages made; id, source and time are the hub's, to, hops and correlation need trust."`
	Ack        bool              `key:"ack" default:"false" doc:"Acknowledge: messages that the hub gives back are made again."`

	Stamp  bool          `key:"stamp" default:"false" doc:"Give each message as its time when it was due, in place of when the hub received it."`
	Window *windowConfig `key:"window" doc:"Have no more messages under way than so many: a mock with tell says how far they came."`

	Loop bool `key:"loop" default:"false" doc:"Make of each message received one that is made: a circle within the hub; not with ack."`

	Record string `key:"record" doc:"File to which each message received is appended, one JSON object per line. A relative one starts at the configuration's folder."`

	Latency bool   `key:"latency" default:"false" doc:"Count, in the figures, how long messages took from their time to their receipt."`
	Tell    string `key:"tell" doc:"Socket of the window that is told how far the messages have come. A relative one starts at the configuration's folder."`

	Confirm      string        `key:"confirm" default:"accepted" enum:"none,written,accepted,persisted" doc:"What the mock claims that its receipts mean."`
	ConfirmAfter time.Duration `key:"confirm-after" default:"0s" min:"0s" doc:"Confirm what is received this much later."`
	StallAfter   *int          `key:"stall-after" min:"0" doc:"Having received this many messages, never confirm again."`
	Fail         *failing      `key:"fail" doc:"Fail messages that are received."`
	Disconnect   *outageConfig `key:"disconnect" doc:"Lose the imagined other side for a while."`
}

// failing says which messages fail and how.
type failing struct {
	Class      string        `key:"class" default:"retryable" enum:"retryable,throttled,permanent,too-large,no-recipient" doc:"What a retry can do."`
	Scope      string        `key:"scope" default:"message" enum:"message,endpoint" doc:"Whose fault it is."`
	Attempted  string        `key:"attempted" default:"no" enum:"no,yes,unknown" doc:"Whether the other side may have the message."`
	RetryAfter time.Duration `key:"retry-after" default:"100ms" min:"0s" doc:"With throttled: the pause asked for."`
	Each       int           `key:"each" default:"1" min:"1" doc:"Fail each so-manieth message only."`
	Times      int           `key:"times" default:"0" min:"0" doc:"Fail so many messages, then no more; 0: no end."`
}

// outageConfig says when the other side is away.
type outageConfig struct {
	After int           `key:"after" default:"0" min:"0" doc:"After so many messages received it goes away, once."`
	For   time.Duration `key:"for" default:"1s" min:"0s" doc:"How long it stays away."`
}

// windowConfig bounds what is under way.
type windowConfig struct {
	Messages int    `key:"messages" default:"256" min:"1" doc:"How many messages may be under way."`
	Socket   string `key:"socket" required:"true" doc:"Unix socket at which the window listens. A relative one starts at the configuration's folder."`
}

// place is where a file of the configuration is; a relative one starts at the configuration's folder.
func place(s sdk.Setting, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(s.BaseDir, path)
}

// Claims takes the record for this mock alone. With loop it hears what is said to it, at a place within the hub.
func (c *config) Claims(s sdk.Setting) sdk.Claims {
	var claims sdk.Claims
	if c.Record != "" {
		claims.Takes = []string{"file:" + place(s, c.Record)}
	}
	if c.Window != nil {
		claims.Takes = append(claims.Takes, "file:"+place(s, c.Window.Socket))
	}
	if c.Loop {
		claims.SpeaksTo = []string{"hub:" + s.Name}
		claims.HearsFrom = claims.SpeaksTo
	}
	return claims
}

// Check finds what the schema can't say: attributes that could never pass.
func (c *config) Check(sdk.Setting) []sdk.Diagnostic {
	var found []sdk.Diagnostic
	for name, value := range c.Attributes {
		if err := core.CheckAttribute(core.Attribute{Name: name, Value: value}); err != nil {
			found = append(found, sdk.Diagnostic{Severity: core.SeverityError, Path: "/attributes/" + name, Summary: err.Error(),
				Detail: "names of a to z and 0 to 9, values without control characters"})
		}
	}
	if c.Loop && c.Ack {
		found = append(found, sdk.Diagnostic{Severity: core.SeverityError, Path: "/loop", Summary: "loop stands beside ack",
			Detail: "what goes round has no origin that could bring it again: leave one of them out"})
	}
	return found
}

var confirms = map[string]core.Confirm{
	"none": core.ConfirmNone, "written": core.ConfirmWritten, "accepted": core.ConfirmAccepted,
	"persisted": core.ConfirmPersisted,
}

// Capabilities are what the configuration makes the mock claim.
func (c *config) Capabilities() sdk.Capabilities {
	in := &sdk.Inbound{Pausable: true, Limit: "without `ack: true` a mock makes no message again"}
	if c.Ack {
		in = &sdk.Inbound{Ack: core.AckMessage, Replay: core.ReplayPending, Pausable: true}
	}
	out := &sdk.Outbound{Confirm: confirms[c.Confirm]}
	if out.Confirm < core.ConfirmAccepted {
		out.Limit = "with `confirm: " + c.Confirm + "` a mock claims no more"
	}
	return sdk.Capabilities{Inbound: in, Outbound: out}
}
