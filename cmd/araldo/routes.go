package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/araldo-relay/araldo/config"
	"github.com/araldo-relay/araldo/routes"
)

func newRoutes() *cobra.Command {
	command := &cobra.Command{
		Use:   "routes",
		Short: "Show the routes of a configuration, as a table or a picture",
		Long: "Show the routes of a configuration, as a table or as a picture in the language of Mermaid or Graphviz.\n" +
			"Nothing is started; `araldo check` asks the plugins as well.",
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
	cfg, problems, err := load(command)
	if err != nil {
		return err
	}
	if problems.Failed() {
		return problems
	}
	out := command.OutOrStdout()
	switch format {
	case formatJSON:
		return writeJSON(out, routesOfConfig(cfg))
	case formatMermaid:
		return writeMermaid(out, cfg)
	case formatDot:
		return writeDot(out, cfg)
	}
	page := &page{screen: screenOf(out)}
	page.configured(cfg)
	return page.err
}

// configuredRoute is a route as the configuration has it; its JSON names are a promise.
type configuredRoute struct {
	Inbound string             `json:"inbound"`
	At      string             `json:"at"`
	Outlets []configuredOutlet `json:"outlets"`
}

type configuredOutlet struct {
	Name   string       `json:"name"`
	To     string       `json:"to"`
	At     string       `json:"at"`
	Mode   string       `json:"mode"`
	Reason string       `json:"reason"`
	Queue  controlQueue `json:"queue"`
	// When is the filter, empty for none.
	When string `json:"when,omitempty"`
	Echo bool   `json:"echo"`
	// From and Into are the marshallings of the two ends.
	From string `json:"marshalling-from,omitempty"`
	Into string `json:"marshalling-into,omitempty"`
}

type controlQueue struct {
	Messages int    `json:"messages"`
	Bytes    int    `json:"bytes"`
	Overflow string `json:"overflow"`
}

func routesOfConfig(cfg *config.Config) []configuredRoute {
	list := []configuredRoute{}
	for _, r := range cfg.Routes {
		one := configuredRoute{Inbound: r.Inbound, At: r.Position.String(), Outlets: []configuredOutlet{}}
		for _, o := range r.Outlets {
			one.Outlets = append(one.Outlets, outletOfConfig(cfg, r, o))
		}
		list = append(list, one)
	}
	return list
}

func outletOfConfig(cfg *config.Config, r routes.Route, o routes.Outlet) configuredOutlet {
	mode, reason := o.Mode()
	return configuredOutlet{Name: o.Name, To: o.To, At: o.Position.String(), Mode: mode.String(), Reason: reason,
		Queue: controlQueue{o.Queue.Messages, o.Queue.Bytes, o.Queue.Overflow.String()}, When: filterOf(o), Echo: o.Echo,
		From: marshallingOf(cfg, r.Inbound), Into: marshallingOf(cfg, o.To)}
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
func (p *page) configured(cfg *config.Config) {
	rows := [][]string{{"ROUTE", "MARSHALLING", "DELIVERY", "FROM", "NOTES"}}
	for _, r := range cfg.Routes {
		for _, o := range r.Outlets {
			one := outletOfConfig(cfg, r, o)
			rows = append(rows, []string{outletName(r, o), conversion(one.From, one.Into), one.Mode, one.At, strings.Join(notesOf(o), "; ")})
		}
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

func outletName(r routes.Route, o routes.Outlet) string {
	name := r.Inbound + " -> " + o.To
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
