package wire

import (
	"github.com/araldo-relay/araldo/core"
	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
)

// ToInfo makes a plugin's description for the wire.
func ToInfo(p core.PluginInfo) *pluginv1.GetInfoResponse {
	out := &pluginv1.GetInfoResponse{Name: p.Name, Version: p.Version}
	for _, t := range p.Types {
		out.Types = append(out.Types, &pluginv1.TypeInfo{
			Id: t.ID, Kind: pluginv1.Kind(t.Kind), Summary: t.Summary, ConfigSchema: t.Schema,
			Capabilities: ToCapabilities(t.Capabilities), Accepts: t.Accepts,
		})
	}
	return out
}

// FromInfo reads a plugin's description.
func FromInfo(p *pluginv1.GetInfoResponse) core.PluginInfo {
	out := core.PluginInfo{Name: cut(p.Name), Version: cut(p.Version)}
	for _, t := range p.Types {
		out.Types = append(out.Types, core.TypeInfo{
			ID: cut(t.Id), Kind: known(t.Kind, core.KindMarshalling), Summary: cut(t.Summary), Schema: t.ConfigSchema,
			Capabilities: FromCapabilities(t.Capabilities), Accepts: fromAccepts(t.Accepts),
		})
	}
	return out
}

// The limits of what an id says that it accepts.
const (
	mostAccepted    = 256
	longestAccepted = 256
)

// fromAccepts leaves out what is over the limits.
func fromAccepts(list []string) []string {
	var kept []string
	for _, text := range list[:min(len(list), mostAccepted)] {
		if text = cut(text); text != "" && len(text) <= longestAccepted {
			kept = append(kept, text)
		}
	}
	return kept
}

// ToCapabilities makes capabilities for the wire, whose enums begin one higher than core's.
func ToCapabilities(c core.Capabilities) *pluginv1.Capabilities {
	out := &pluginv1.Capabilities{}
	if in := c.Inbound; in != nil {
		out.Inbound = &pluginv1.InboundCapabilities{
			Ack: pluginv1.Ack(in.Ack + 1), Replay: pluginv1.Replay(in.Replay + 1), Pausable: in.Pausable,
			Limit: cut(in.Limit), Durability: cut(in.Durability),
		}
	}
	if o := c.Outbound; o != nil {
		out.Outbound = &pluginv1.OutboundCapabilities{
			Confirm: pluginv1.Confirm(o.Confirm + 1), Addressing: o.Addressing, Limit: cut(o.Limit), Durability: cut(o.Durability),
		}
	}
	if m := c.Conversion; m != nil {
		out.Marshalling = &pluginv1.MarshallingCapabilities{Rewrites: m.Rewrites}
	}
	return out
}

// FromCapabilities reads capabilities; what is unspecified or unknown promises nothing.
func FromCapabilities(c *pluginv1.Capabilities) core.Capabilities {
	var out core.Capabilities
	if in := c.GetInbound(); in != nil {
		out.Inbound = &core.Inbound{
			Ack: promised(in.Ack, core.AckMessage), Replay: promised(in.Replay, core.ReplayOffset), Pausable: in.Pausable,
			Limit: cut(in.Limit), Durability: cut(in.Durability),
		}
	}
	if o := c.GetOutbound(); o != nil {
		out.Outbound = &core.Outbound{
			Confirm: promised(o.Confirm, core.ConfirmPersisted), Addressing: o.Addressing,
			Limit: cut(o.Limit), Durability: cut(o.Durability),
		}
	}
	if m := c.GetMarshalling(); m != nil {
		out.Conversion = &core.Conversion{Rewrites: m.Rewrites}
	}
	return out
}

// promised narrows an enum of the wire that begins one higher than core's.
func promised[W ~int32, C ~uint8](value W, highest C) C {
	if value <= 0 || value > W(highest)+1 {
		return 0
	}
	return C(value - 1)
}

// ToAssessment makes a validation's result for the wire.
func ToAssessment(a core.Assessment) *pluginv1.ValidateConfigResponse {
	out := &pluginv1.ValidateConfigResponse{
		Claims: a.Claims, SpeaksTo: a.SpeaksTo, HearsFrom: a.HearsFrom, Capabilities: ToCapabilities(a.Capabilities),
	}
	for _, d := range a.Diagnostics {
		out.Diagnostics = append(out.Diagnostics, &pluginv1.Diagnostic{
			Severity: pluginv1.Severity(d.Severity), Path: d.Path, Summary: cut(d.Summary), Detail: cut(d.Detail),
		})
	}
	return out
}

// FromAssessment reads a validation's result. A diagnostic of unknown severity is an error.
func FromAssessment(a *pluginv1.ValidateConfigResponse) core.Assessment {
	out := core.Assessment{
		Claims: a.Claims, SpeaksTo: a.SpeaksTo, HearsFrom: a.HearsFrom, Capabilities: FromCapabilities(a.Capabilities),
	}
	for _, d := range a.Diagnostics {
		severity := known(d.Severity, core.SeverityWarning)
		out.Diagnostics = append(out.Diagnostics, core.Diagnostic{
			Severity: max(severity, core.SeverityError), Path: d.Path, Summary: cut(d.Summary), Detail: cut(d.Detail),
		})
	}
	return out
}

// ToInspection makes an endpoint's own view for the wire.
func ToInspection(v core.Inspection) *pluginv1.InspectResponse {
	out := &pluginv1.InspectResponse{}
	for _, f := range v.Figures {
		out.Figures = append(out.Figures, &pluginv1.Figure{Name: f.Name, Value: f.Value, Counter: f.Counter})
	}
	for _, c := range v.Connections[:min(len(v.Connections), MaxConnections)] {
		out.Connections = append(out.Connections, &pluginv1.Connection{
			Id: c.ID, Peer: c.Peer, SinceUnixNano: c.Since, Queued: uint32(c.Queued), Lost: c.Lost,
		})
	}
	return out
}

// MaxConnections is how many connections one inspection lists at most.
const MaxConnections = 10_000

// FromInspection reads an endpoint's own view.
func FromInspection(v *pluginv1.InspectResponse) core.Inspection {
	var out core.Inspection
	for _, f := range v.Figures {
		out.Figures = append(out.Figures, core.Figure{Name: cut(f.Name), Value: f.Value, Counter: f.Counter})
	}
	for _, c := range v.Connections[:min(len(v.Connections), MaxConnections)] {
		out.Connections = append(out.Connections, core.Connection{
			ID: cut(c.Id), Peer: cut(c.Peer), Since: c.SinceUnixNano, Queued: int(c.Queued), Lost: c.Lost,
		})
	}
	return out
}
