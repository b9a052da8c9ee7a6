package main

import (
	"github.com/spf13/cobra"

	"github.com/araldo-relay/araldo/config"
	"github.com/araldo-relay/araldo/core/control"
	"github.com/araldo-relay/araldo/core/profile"
)

// complete teaches shells the names that arguments may be.
func complete(root *cobra.Command) {
	for _, command := range root.Commands() {
		switch command.Name() {
		case "status", "enable", "disable", "tap", "send":
			command.ValidArgsFunction = endpointNames
		case "pprof":
			command.ValidArgsFunction = profileNames
		case "help":
			command.ValidArgsFunction = helpNames(root)
		}
	}
}

// endpointNames are those of the configuration that the command line means so far; without one there are none.
func endpointNames(command *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	path := configPath(command)
	if len(args) > 0 || path == "" {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	cfg, _ := config.Load(path, nil)
	if cfg == nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []string
	for _, in := range cfg.Endpoints {
		names = append(names, cobra.CompletionWithDesc(in.Name, in.ID))
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

func helpNames(root *cobra.Command) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		command, rest, err := root.Find(args)
		if err != nil || len(rest) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return namesOf(command), cobra.ShellCompDirectiveNoFileComp
	}
}

// builtInIDs are what `plugins describe` can describe.
func builtInIDs(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	var ids []string
	if len(args) == 0 {
		for _, t := range builtInTypes() {
			ids = append(ids, cobra.CompletionWithDesc(t.ID, t.Summary))
		}
	}
	return ids, cobra.ShellCompDirectiveNoFileComp
}

// profileNames are the kinds of profile behind a name, which only a running hub knows.
func profileNames(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	switch len(args) {
	case 0:
		return []string{control.HubName}, cobra.ShellCompDirectiveNoFileComp
	case 1:
		return profile.Names(), cobra.ShellCompDirectiveNoFileComp
	}
	return nil, cobra.ShellCompDirectiveNoFileComp
}
