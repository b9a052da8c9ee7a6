package sdk

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"

	"github.com/araldo-relay/araldo/proto/wire"
)

// byHand is what a plugin says to who starts it without a hub; it returns the exit code.
func byHand(p Plugin, args []string, out, errors io.Writer) int {
	switch {
	case len(args) == 2 && args[1] == "--describe":
		return describe(p, out, errors)
	case len(args) == 3 && args[1] == "--listen":
		return listen(p, args[2], errors)
	case len(args) > 1:
		fmt.Fprintf(errors, "%s: %q is no argument of a plugin: it knows --describe and --listen SOCKET\n\n", p.Name, args[1])
	}
	explain(p, args, errors)
	return 2
}

// explain tells what the program is and how to try it.
func explain(p Plugin, args []string, to io.Writer) {
	fmt.Fprintf(to, "%s %s is a plugin of araldo, which starts it: by hand it does nothing.\n\nIt offers\n", p.Name, p.Version)
	for _, t := range p.Types {
		fmt.Fprintf(to, "  %-24s %s\n", t.info.ID, t.info.Summary)
	}
	program := "araldo-plugin-" + p.Name
	if len(args) > 0 {
		program = args[0]
	}
	fmt.Fprintf(to, "\nTo use it, put it as araldo-plugin-%s into a folder that global.plugin-dirs names, and use these ids:\n\n", p.Name)
	fmt.Fprintf(to, "    global: {plugin-dirs: [%s]}\n", filepath.Dir(program))
	if len(p.Types) > 0 {
		fmt.Fprintf(to, "    plugins: {%ss: [{name: try, id: %s}]}\n", p.Types[0].info.Kind, p.Types[0].ID())
	}
	fmt.Fprintf(to, `
To look at it:
    %[1]s --describe          what it offers, as JSON, with the keys of its configuration
    araldo plugins test %[1]s  whether it keeps to the contract
    %[1]s --listen SOCKET     in a debugger; the configuration leads there by
        plugins: {programs: {%[2]s: {reattach: SOCKET}}}
`, program, p.Name)
}

// described is what --describe prints; its names are a promise.
type described struct {
	Name     string          `json:"name"`
	Version  string          `json:"version"`
	Protocol int             `json:"protocol"`
	Types    []describedType `json:"types"`
}

type describedType struct {
	ID       string             `json:"id"`
	Kind     string             `json:"kind"`
	Summary  string             `json:"summary"`
	Inbound  *describedInbound  `json:"inbound,omitempty"`
	Outbound *describedOutbound `json:"outbound,omitempty"`
	Accepts  []string           `json:"accepts,omitempty"`
	Schema   json.RawMessage    `json:"schema"`
}

type describedInbound struct {
	Ack        string `json:"ack"`
	Replay     string `json:"replay"`
	Pausable   bool   `json:"pausable"`
	Limit      string `json:"limit,omitempty"`
	Durability string `json:"durability,omitempty"`
}

type describedOutbound struct {
	Confirm    string `json:"confirm"`
	Addressing bool   `json:"addressing"`
	Limit      string `json:"limit,omitempty"`
	Durability string `json:"durability,omitempty"`
}

// describe prints the plugin's description.
func describe(p Plugin, out, errors io.Writer) int {
	d := described{Name: p.Name, Version: p.Version, Protocol: int(wire.Handshake.ProtocolVersion), Types: []describedType{}}
	for _, t := range p.Types {
		one := describedType{ID: t.info.ID, Kind: t.info.Kind.String(), Summary: t.info.Summary, Accepts: t.info.Accepts, Schema: t.info.Schema}
		if in := t.info.Capabilities.Inbound; in != nil {
			one.Inbound = &describedInbound{in.Ack.String(), in.Replay.String(), in.Pausable, in.Limit, in.Durability}
		}
		if o := t.info.Capabilities.Outbound; o != nil {
			one.Outbound = &describedOutbound{o.Confirm.String(), o.Addressing, o.Limit, o.Durability}
		}
		d.Types = append(d.Types, one)
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(d); err != nil {
		fmt.Fprintf(errors, "%s: %v\n", p.Name, err)
		return 1
	}
	return 0
}
