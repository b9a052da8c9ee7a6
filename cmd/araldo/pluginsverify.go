package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/install"
	"github.com/araldo-relay/araldo/core/programs"
)

func newVerify() *cobra.Command {
	command := &cobra.Command{
		Use:   "verify [NAME...]",
		Short: "Compare all files of installed plugins with " + programs.LockName,
		Long: "Compare all files of installed plugins with " + programs.LockName + ", without executing any. The exit code is 1 if one is not\n" +
			"what was installed.",
		RunE: verifyPlugins,

		ValidArgsFunction: lockedNames,
	}
	addInstallationFlags(command)
	return command
}

func verifyPlugins(command *cobra.Command, args []string) error {
	_, installer, err := installed(command)
	if err != nil {
		return err
	}
	lock, err := programs.ReadLock(installer.Places.Lock)
	if err != nil {
		return err
	}
	names := slices.Sorted(maps.Keys(lock.Plugins))
	for _, name := range args {
		if !slices.Contains(names, name) {
			return &install.UnknownError{Name: name, Nearest: core.Nearest(name, names)}
		}
	}
	found, err := installer.Places.Find()
	if err != nil {
		return err
	}
	p := &page{screen: screenOf(command.OutOrStdout())}
	var errs []error
	for _, f := range found {
		if !slices.Contains(names, f.Name) || len(args) > 0 && !slices.Contains(args, f.Name) {
			continue
		}
		if f = f.Inspect(command.Context(), true); f.State != programs.StateOK {
			errs = append(errs, fmt.Errorf("plugin %s %s is %v: %s", f.Name, lock.Plugins[f.Name].Version, f.State, f.Why))
			continue
		}
		p.line("%s %s ok", f.Name, lock.Plugins[f.Name].Version)
	}
	return errors.Join(append(errs, p.err)...)
}

// lockedNames are the plugins that the lock names.
func lockedNames(command *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	places, err := pluginPlaces(command)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	lock, err := programs.ReadLock(places.Lock)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return slices.Sorted(maps.Keys(lock.Plugins)), cobra.ShellCompDirectiveNoFileComp
}
