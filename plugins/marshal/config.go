package marshal

import (
	"fmt"
	"slices"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

const (
	bytesBase64         = "base64"
	defaultType         = "araldo.message"
	envelopeNone        = "none"
	envelopeCloudEvents = "cloudevents"
)

// jsonConfig is the keys of marshal-json.
type jsonConfig struct {
	Bytes    string   `key:"bytes" default:"error" enum:"error,base64" doc:"What becomes of byte strings, which JSON does not have: an error, or a text in base64 (RFC 4648 section 4)."`
	Envelope string   `key:"envelope" default:"none" enum:"none,cloudevents" doc:"Whether each message is a CloudEvent (1.0, structured JSON)."`
	Type     string   `key:"type" default:"araldo.message" min:"1" max:"256" doc:"The type of every CloudEvent."`
	Expose   []string `key:"expose" default:"id,source,conn,user,kind,channel" doc:"The attributes that are written into the envelope."`
}

// Capabilities implements sdk.Capable.
func (c *jsonConfig) Capabilities() sdk.Capabilities {
	return sdk.Capabilities{Conversion: &sdk.Conversion{Rewrites: c.Envelope == envelopeCloudEvents}}
}

// hidden are the attributes that no envelope ever shows, because they are somebody's address.
var hidden = []string{"peer", "peerport", "localip", "localport"}

// Check implements sdk.Checker.
func (c *jsonConfig) Check(sdk.Setting) []sdk.Diagnostic {
	var found []sdk.Diagnostic
	for i, name := range c.Expose {
		path := fmt.Sprintf("/expose/%d", i)
		switch err := core.CheckAttribute(sdk.Attribute{Name: name}); {
		case err != nil:
			found = append(found, wrong(path, err.Error(), ""))
		case slices.Contains(hidden, name):
			found = append(found, wrong(path, name+" is never written into an envelope", "addresses stay in the hub"))
		case slices.Contains(ownMembers, name) && !slices.Contains(stampedMembers, name):
			found = append(found, wrong(path, name+" is a member of every CloudEvent, with a meaning of its own", ""))
		}
	}
	if err := core.CheckAttribute(sdk.Attribute{Name: "type", Value: c.Type}); err != nil {
		found = append(found, wrong("/type", err.Error(), ""))
	}
	if c.Envelope != envelopeCloudEvents && c.Type != defaultType {
		found = append(found, sdk.Diagnostic{Severity: sdk.SeverityWarning, Path: "/type",
			Summary: "the type of CloudEvents, and there is no envelope", Detail: "add envelope: cloudevents"})
	}
	return found
}

func wrong(path, summary, detail string) sdk.Diagnostic {
	return sdk.Diagnostic{Severity: sdk.SeverityError, Path: path, Summary: summary, Detail: detail}
}

// plainConfig is the keys of the formats that have no envelope.
type plainConfig struct {
	Envelope string `key:"envelope" default:"none" doc:"Always none: CloudEvents are JSON, so marshal-json has the envelope."`
}

// Check implements sdk.Checker.
func (c *plainConfig) Check(sdk.Setting) []sdk.Diagnostic {
	if c.Envelope == envelopeNone {
		return nil
	}
	return []sdk.Diagnostic{wrong("/envelope", fmt.Sprintf("%q is no envelope of this format", c.Envelope),
		"CloudEvents are JSON: marshal-json has them")}
}
