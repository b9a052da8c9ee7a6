package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/araldo-relay/araldo/config"
	"github.com/araldo-relay/araldo/core/document"
	"github.com/araldo-relay/araldo/routes"
)

func newRoutes() *cobra.Command {
	command := &cobra.Command{
		Use:   "routes",
		Short: "Show the routes of a configuration, as a table or a picture",
		Long: "Show the routes of a configuration, as a table or as a picture in the language of Mermaid or Graphviz.\n" +
			"The plugins are asked what they can do, as `araldo check` asks them; nothing is opened.",
		Example: "  araldo routes --format dot | dot -Tsvg > routes.svg",
		Args:    noArguments,
		RunE:    showRoutes,
	}
	addConfigFlag(command)
	addFormatFlag(command, "text, json, mermaid or dot")
	return command
}

func showRoutes(command *cobra.Command, _ []string) error {
	format, err := formatOf(command, formatText, formatJSON, formatMermaid, formatDot)
	if err != nil {
		return err
	}
	cfg, promises, err := checkedRoutes(command)
	if err != nil {
		return err
	}
	out := command.OutOrStdout()
	switch format {
	case formatJSON:
		return writeJSON(out, routesOfConfig(cfg, promises))
	case formatMermaid:
		return writeMermaid(out, cfg, promises)
	case formatDot:
		return writeDot(out, cfg, promises)
	}
	page := &page{screen: screenOf(out)}
	page.configured(cfg, promises)
	return page.err
}

// checkedRoutes loads a configuration, asks its plugins and returns what each outlet promises. What is wrong is the error;
// warnings are left to `araldo check`.
func checkedRoutes(command *cobra.Command) (*config.Config, []routes.Served, error) {
	cfg, problems, err := load(command)
	if err != nil {
		return nil, nil, err
	}
	promises, found, err := askPlugins(command.Context(), command.ErrOrStderr(), cfg)
	if problems = merged(problems, found); problems.Failed() {
		return nil, nil, problems
	}
	return cfg, promises, err
}

// configuredRoute is a route as the configuration has it; its JSON names are a promise.
type configuredRoute struct {
	Inbound string             `json:"inbound"`
	At      string             `json:"at"`
	Outlets []configuredOutlet `json:"outlets"`
}

type configuredOutlet struct {
	Name   string `json:"name"`
	To     string `json:"to"`
	At     string `json:"at"`
	Mode   string `json:"mode"`
	Reason string `json:"reason"`
	// Guarantee is what the outlet gives, Ceiling the most that its two ends can.
	Guarantee string       `json:"guarantee"`
	Ceiling   string       `json:"ceiling"`
	Queue     controlQueue `json:"queue"`
	// When is the filter, empty for none.
	When string `json:"when,omitempty"`
	Echo bool   `json:"echo"`
	// From and Into are the marshallings of the two ends.
	From string `json:"marshalling-from,omitempty"`
	Into string `json:"marshalling-into,omitempty"`
	// ReplyTimeout is as the configuration writes it, empty where the messages are no requests.
	ReplyTimeout string `json:"reply-timeout,omitempty"`
}

type controlQueue struct {
	Messages int    `json:"messages"`
	Bytes    int    `json:"bytes"`
	Overflow string `json:"overflow"`
}

func routesOfConfig(cfg *config.Config, promises []routes.Served) []configuredRoute {
	list := []configuredRoute{}
	for _, r := range cfg.Routes {
		one := configuredRoute{Inbound: r.Inbound, At: r.Position.String(), Outlets: []configuredOutlet{}}
		for _, o := range promises {
			if o.Inbound == r.Inbound {
				one.Outlets = append(one.Outlets, outletOfConfig(cfg, o))
			}
		}
		list = append(list, one)
	}
	return list
}

func outletOfConfig(cfg *config.Config, o routes.Served) configuredOutlet {
	one := configuredOutlet{Name: o.Name, To: o.To, At: o.Position.String(), Mode: o.Mode.String(), Reason: o.Reason,
		Guarantee: o.Guarantee.String(), Ceiling: o.Ceiling.String(),
		Queue: controlQueue{o.Queue.Messages, o.Queue.Bytes, o.Overflow(o.Outlet).String()}, When: filterOf(o.Outlet), Echo: o.Echo,
		From: marshallingOf(cfg, o.Inbound), Into: marshallingOf(cfg, o.To)}
	if o.ReplyTimeout > 0 {
		one.ReplyTimeout = document.FormatDuration(o.ReplyTimeout)
	}
	return one
}

// marshallingOf is the name of an endpoint's marshalling, empty for none.
func marshallingOf(cfg *config.Config, endpoint string) string {
	for _, in := range cfg.Endpoints {
		if in.Name == endpoint {
			return in.Marshalling
		}
	}
	return ""
}

// configured shows the routes of a configuration: each outlet with the marshalling on both sides, delivery and place.
func (p *page) configured(cfg *config.Config, promises []routes.Served) {
	rows := [][]string{{"ROUTE", "MARSHALLING", "DELIVERY", "FROM", "NOTES"}}
	for _, o := range promises {
		one := outletOfConfig(cfg, o)
		rows = append(rows, []string{outletName(o), conversion(one.From, one.Into), one.Mode, one.At, strings.Join(notesOf(o.Outlet), "; ")})
	}
	if len(rows) == 1 {
		p.line("no routes")
		return
	}
	p.noEmpty(rows)
	_, err := fmt.Fprint(p.w, p.columns(rows))
	p.keep(err)
}

// noEmpty takes the heading from a last column that is empty.
func (p *page) noEmpty(rows [][]string) {
	last := len(rows[0]) - 1
	for _, row := range rows[1:] {
		if row[last] != "" {
			return
		}
	}
	rows[0][last] = ""
}

func outletName(o routes.Served) string {
	name := o.Inbound + " -> " + o.To
	if o.Name != o.To {
		name += " (" + o.Name + ")"
	}
	return name
}

// conversion says what happens to the bytes on their way: nothing where one end names no marshalling or both the same.
func conversion(from, into string) string {
	if from == "" && into == "" {
		return "-"
	}
	return orDash(from) + " -> " + orDash(into)
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// notesOf says what a route does besides handing on.
func notesOf(o routes.Outlet) []string {
	var notes []string
	if when := filterOf(o); when != "" {
		notes = append(notes, "when "+when)
	}
	if !o.Echo {
		notes = append(notes, "no echo")
	}
	return notes
}
