package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/araldo-relay/araldo/config"
	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/hub"
	"github.com/araldo-relay/araldo/core/install"
	"github.com/araldo-relay/araldo/core/programs"
)

const installLong = "\n\nA package is a folder, a .tar.gz or a .zip with " + programs.ManifestName + " at its root, or a lone program that is\n" +
	"named " + programs.Prefix + "NAME. What a URL names must be fetched by https and have its sum given. Nothing of it is executed.\n" +
	"It goes to `plugins` in the data directory, and " + programs.LockName + " beside the configuration says what was installed."

func newInstall() *cobra.Command {
	command := &cobra.Command{
		Use:   "install {FILE | DIRECTORY | URL}",
		Short: "Install a plugin from a package, and name it in " + programs.LockName,
		Long:  "Install a plugin from a package, or put one that the lock names back to its place." + installLong,
		Args:  onePackage,
		RunE: func(command *cobra.Command, args []string) error {
			return bring(command, args[0], (*install.Installer).Install)
		},
	}
	addPackageFlags(command)
	return command
}

func newUpgrade() *cobra.Command {
	command := &cobra.Command{
		Use:   "upgrade {FILE | DIRECTORY | URL}",
		Short: "Put another version of an installed plugin into its place",
		Long: "Put another version of an installed plugin into its place, newer or older.\n\nA running hub goes on with the process " +
			"that it has until `araldo plugins restart` or `araldo reload`." + installLong,
		Args: onePackage,
		RunE: func(command *cobra.Command, args []string) error {
			return bring(command, args[0], (*install.Installer).Upgrade)
		},
	}
	addPackageFlags(command)
	return command
}

func onePackage(command *cobra.Command, args []string) error {
	if len(args) == 1 {
		return nil
	}
	return &usageError{command.CommandPath() + " takes one package", "it may be a file, a folder, or an https URL with --sha256"}
}

func addPackageFlags(command *cobra.Command) {
	addInstallationFlags(command)
	command.Flags().String("sha256", "", "`HEX` is the SHA-256 that the file must have")
	command.Flags().String("checksums", "", "`FILE` as sha256sum writes it names the package with its SHA-256")
}

// addInstallationFlags adds the flags that say which hub's plugins are meant.
func addInstallationFlags(command *cobra.Command) {
	addConfigFlag(command)
	command.Flags().String("data-dir", "", "`DIRECTORY` in which the hub keeps its files (default the configuration's)")
}

// installed is the configuration whose plugins are meant, and who installs them.
func installed(command *cobra.Command) (*config.Config, *install.Installer, error) {
	path := configPath(command)
	if path == "" {
		return nil, nil, &usageError{"there is no configuration here that a plugin could belong to",
			"name one with -c; `araldo config init -o FILE` writes one"}
	}
	cfg, problems := config.Load(path, command.Flags())
	if cfg == nil {
		return nil, nil, problems
	}
	taken := map[string]string{}
	for _, p := range builtIn() {
		for _, t := range p.Types {
			taken[t.ID] = "built-in plugin " + p.Name
		}
	}
	return cfg, &install.Installer{Places: hub.PluginPlaces(cfg), Taken: taken, Transport: install.Transport()}, nil
}

// bring installs or upgrades, and says what came of it.
func bring(command *cobra.Command, place string,
	how func(*install.Installer, context.Context, install.Source) (install.Result, error)) error {
	_, installer, err := installed(command)
	if err != nil {
		return err
	}
	sum, _ := command.Flags().GetString("sha256")
	checksums, _ := command.Flags().GetString("checksums")
	if sum != "" && checksums != "" {
		return &usageError{"--sha256 and --checksums both say what the sum must be", "give one of them"}
	}
	bar := newProgress(screenOf(command.ErrOrStderr()), time.Now)
	installer.Progress = bar.begin
	r, err := how(installer, command.Context(), install.Source{Place: place, SHA256: sum, Checksums: checksums})
	bar.end()
	if err != nil {
		return err
	}
	p := &page{screen: screenOf(command.OutOrStdout())}
	p.brought(r)
	return p.err
}

func (p *page) brought(r install.Result) {
	switch r.Before {
	case "":
		p.line("%s %s is installed: %s", r.Name, r.Version, offered(r.Manifest))
	case r.Version:
		p.line("%s %s is installed already", r.Name, r.Version)
	default:
		p.line("%s %s is installed in the place of %s: `araldo plugins restart %s` lets a running hub take it", r.Name, r.Version, r.Before, r.Name)
	}
	for _, need := range needs(r.Touches) {
		p.line("it asks to %s", need)
	}
}

func offered(m *programs.Manifest) string {
	if len(m.IDs) == 0 {
		return "what it offers it tells when it is started"
	}
	return "it offers " + strings.Join(m.IDs, ", ")
}

// needs are what a plugin wants to touch, in words.
func needs(t programs.Touches) []string {
	var list []string
	add := func(what string, of []string) {
		if len(of) > 0 {
			list = append(list, what+" "+strings.Join(of, ", "))
		}
	}
	add("listen at TCP port", numbers(t.Listen))
	add("connect to TCP port", numbers(t.Connect))
	add("read", t.Read)
	add("write", t.Write)
	return list
}

func numbers(list []int) []string {
	texts := make([]string, len(list))
	for i, n := range list {
		texts[i] = fmt.Sprint(n)
	}
	return texts
}

func newRemove() *cobra.Command {
	command := &cobra.Command{
		Use:   "remove NAME",
		Short: "Remove an installed plugin, and take it out of " + programs.LockName,
		Args:  oneInstalled,
		RunE:  removePlugin,

		ValidArgsFunction: lockedNames,
	}
	addInstallationFlags(command)
	return command
}

func oneInstalled(command *cobra.Command, args []string) error {
	if len(args) == 1 {
		return nil
	}
	return &usageError{command.CommandPath() + " takes the name of one plugin", "`araldo plugins list` lists them"}
}

func removePlugin(command *cobra.Command, args []string) error {
	cfg, installer, err := installed(command)
	if err != nil {
		return err
	}
	found, err := installer.Places.Find()
	if err != nil {
		return err
	}
	if err := installer.Remove(args[0]); err != nil {
		return err
	}
	p := &page{screen: screenOf(command.OutOrStdout())}
	p.line("%s is removed", plain(args[0]))
	for _, f := range found {
		if f.Name == args[0] && f.Manifest != nil {
			printProblems(command.ErrOrStderr(), stillUsed(cfg, f.Manifest))
		}
	}
	return p.err
}

// stillUsed are the instances whose id nobody offers any more.
func stillUsed(cfg *config.Config, m *programs.Manifest) core.Problems {
	var problems core.Problems
	for _, in := range slices.Concat(cfg.Marshallings, cfg.Endpoints) {
		if slices.Contains(m.IDs, in.ID) {
			problems.Warnf(in.Position, "", "%v %s is a %s, which %s offered", in.Kind, in.Name, in.ID, m.Name)
		}
	}
	return problems
}
