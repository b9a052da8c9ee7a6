package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/araldo-relay/araldo/routes"
)

func newGuarantees() *cobra.Command {
	command := &cobra.Command{
		Use:   "guarantees",
		Short: "Tell what each route guarantees, what it could at best, and why",
		Long: "Tell of each outlet its mode, what that guarantees, the most that its two ends can (the ceiling), and why.\n" +
			"The plugins are asked what they can do; nothing is opened. Where `require:` asks for more than a route\n" +
			"can give, the exit code is 2.",
		Args: noArguments,
		RunE: showGuarantees,
	}
	addConfigFlag(command)
	addFormatFlag(command, "text or json")
	return command
}

func showGuarantees(command *cobra.Command, _ []string) error {
	format, err := formatOf(command, formatText, formatJSON)
	if err != nil {
		return err
	}
	_, promises, err := checkedRoutes(command)
	if err != nil {
		return err
	}
	if format == formatJSON {
		return writeJSON(command.OutOrStdout(), guaranteed(promises))
	}
	p := &page{screen: screenOf(command.OutOrStdout())}
	p.guarantees(promises)
	return p.err
}

// outletGuarantee is an outlet's promise; its JSON names are a promise.
type outletGuarantee struct {
	Inbound   string `json:"inbound"`
	Name      string `json:"name"`
	To        string `json:"to"`
	At        string `json:"at"`
	Delivery  string `json:"delivery"`
	Mode      string `json:"mode"`
	Guarantee string `json:"guarantee"`
	Ceiling   string `json:"ceiling"`
	Reason    string `json:"reason"`
	// Require is what the file asks for at least.
	Require string `json:"require"`
}

func guaranteed(promises []routes.Served) []outletGuarantee {
	list := make([]outletGuarantee, len(promises))
	for i, o := range promises {
		list[i] = outletGuarantee{o.Inbound, o.Name, o.To, o.Position.String(), o.Delivery.String(), o.Mode.String(),
			o.Guarantee.String(), o.Ceiling.String(), o.Reason, o.Require.String()}
	}
	return list
}

// guarantees shows the promises as a table.
func (p *page) guarantees(promises []routes.Served) {
	rows := [][]string{{"ROUTE", "MODE", "GUARANTEE", "CEILING", "REASON"}}
	for _, o := range promises {
		rows = append(rows, []string{outletName(o), o.Mode.String(), o.Guarantee.String(), o.Ceiling.String(), o.Reason})
	}
	if len(rows) == 1 {
		p.line("no routes")
		return
	}
	_, err := fmt.Fprint(p.w, p.columns(rows))
	p.keep(err)
}
