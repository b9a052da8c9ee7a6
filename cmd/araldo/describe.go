package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/araldo-relay/araldo/config"
)

// described is an id of `plugins describe`; its JSON names are a promise.
type described struct {
	ID           string          `json:"id"`
	Kind         string          `json:"kind"`
	Summary      string          `json:"summary"`
	Plugin       string          `json:"plugin"`
	Version      string          `json:"version"`
	Capabilities []string        `json:"capabilities"`
	Schema       json.RawMessage `json:"schema"`
}

func describeID(command *cobra.Command, args []string) error {
	format, err := formatOf(command, formatText, formatJSON)
	if err != nil {
		return err
	}
	var ids []string
	for _, p := range builtIn() {
		for _, t := range p.Types {
			if ids = append(ids, t.ID); t.ID != args[0] {
				continue
			}
			d := described{t.ID, t.Kind.String(), t.Summary, p.Name, p.Version, t.Capabilities.Sentences(), t.Schema}
			if format == formatJSON {
				return writeJSON(command.OutOrStdout(), d)
			}
			page := &page{screen: screenOf(command.OutOrStdout())}
			page.described(d)
			return page.err
		}
	}
	wrong := &usageError{"no built-in plugin offers the id " + quoted(args[0]), "`araldo plugins list` lists them"}
	if near := nearest(args[0], ids); near != "" {
		wrong.hint = "did you mean " + near + "?"
	}
	return wrong
}

func (p *page) described(d described) {
	p.styled(bold, "%s: %s", d.ID, d.Summary)
	p.line("%s of plugin %s %s", d.Kind, d.Plugin, d.Version)
	for _, text := range d.Capabilities {
		p.line("  %s", text)
	}
	keys, err := config.Keys(d.Schema)
	if err != nil {
		p.keep(fmt.Errorf("the schema of %s: %w", d.ID, err))
		return
	}
	if len(keys) == 0 {
		p.line("no keys of its own")
		return
	}
	rows := [][]string{{"KEY", "TYPE", "DEFAULT", "LIMITS", "WHAT"}}
	for _, key := range keys {
		rows = append(rows, row(key))
	}
	p.table(rows)
	p.line("A reload that changes a key closes the instance and opens it again (%v).", config.ClassEndpointRestart)
}

func row(key config.Key) []string {
	typ, fallback, limits := key.Type, orDash(key.Default), key.Limits
	switch {
	case key.Required:
		fallback = "required"
	case key.DefaultText != "":
		fallback = key.DefaultText
	}
	if key.Secret {
		typ += ", secret"
	}
	if len(key.Words) > 0 {
		limits = append(limits, strings.Join(key.Words, " | "))
	}
	return []string{key.Name, typ, fallback, orDash(strings.Join(limits, ", ")), key.Description}
}
