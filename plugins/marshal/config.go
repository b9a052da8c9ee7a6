package marshal

import (
	"fmt"
	"slices"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

const (
	bytesBase64         = "base64"
	envelopeCloudEvents = "cloudevents"
)

// jsonConfig is the keys of marshal-json.
type jsonConfig struct {
	Bytes    string   `key:"bytes" default:"error" enum:"error,base64" doc:"What becomes of byte strings, which JSON does not have."`
	Envelope string   `key:"envelope" default:"none" enum:"none,cloudevents" doc:"Whether each message is a CloudEvent (1.0, structured JSON)."`
	Type     *string  `key:"type" min:"1" max:"256" doc:"The type of every CloudEvent; araldo.message if not given."`
	Expose   []string `key:"expose" default:"id,source,conn,user,kind,channel" doc:"The attributes that are written into the envelope."`
}

// plainConfig is the keys of the formats that have no envelope.
type plainConfig struct {
	Envelope string `key:"envelope" default:"none" enum:"none" doc:"CloudEvents have no such format: marshal-json has the envelope."`
}

// defaultType is the type of CloudEvents where none is configured.
const defaultType = "araldo.message"

// Capabilities implements sdk.Capable.
func (c *jsonConfig) Capabilities() sdk.Capabilities {
	return sdk.Capabilities{Conversion: &sdk.Conversion{Rewrites: c.Envelope == envelopeCloudEvents}}
}

// hidden are the attributes that no envelope ever shows, because they are somebody's address.
var hidden = []string{"peer", "peerport", "localip", "localport"}

// Check implements sdk.Checker.
func (c *jsonConfig) Check(sdk.Setting) []sdk.Diagnostic {
	var found []sdk.Diagnostic
	wrong := func(path, detail, format string, args ...any) {
		found = append(found, sdk.Diagnostic{
			Severity: sdk.SeverityError, Path: path, Summary: fmt.Sprintf(format, args...), Detail: detail,
		})
	}
	for i, name := range c.Expose {
		path := fmt.Sprintf("/expose/%d", i)
		switch err := core.CheckAttribute(sdk.Attribute{Name: name}); {
		case err != nil:
			wrong(path, "names of attributes match [a-z0-9]{1,64}", "%v", err)
		case slices.Contains(hidden, name):
			wrong(path, "addresses stay in the hub", "%s is never written into an envelope", name)
		case slices.Contains(ownMembers, name) && !slices.Contains(stampedMembers, name):
			wrong(path, "", "%s is a member of every CloudEvent with a meaning of its own", name)
		}
	}
	if c.Type == nil {
		return found
	}
	if err := core.CheckAttribute(sdk.Attribute{Name: "type", Value: *c.Type}); err != nil {
		wrong("/type", "", "%v", err)
	}
	if c.Envelope != envelopeCloudEvents {
		wrong("/type", "it is the type of CloudEvents: add envelope: cloudevents", "type without an envelope")
	}
	return found
}
