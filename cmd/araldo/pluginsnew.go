package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/araldo-relay/araldo/core/programs"
	"github.com/araldo-relay/araldo/plugins/templates"
)

func newPluginsNew() *cobra.Command {
	command := &cobra.Command{
		Use:   "new NAME",
		Short: "Make a folder with a plugin to begin with, which builds and keeps all rules",
		Long: "Make a folder with a plugin to begin with, which builds and keeps all rules.\n\n" +
			"The folder is " + programs.Prefix + "NAME and must not be there yet. Its README.md tells how to build, test, package and\n" +
			"install it. A handler answers messages, a duplex is source and sink. In Python there is a duplex.",
		Args: oneNewName,
		RunE: makePlugin,
	}
	command.Flags().String("kind", "", "`KIND` is "+strings.Join(templates.Kinds, ", "))
	command.Flags().String("lang", "go", "`LANGUAGE` is "+strings.Join(templates.Languages, " or "))
	command.Flags().String("sdk", "", "`DIRECTORY` is a checkout of araldo to build with, in place of a release")
	complete := func(words []string) cobra.CompletionFunc {
		return cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)
	}
	_ = command.RegisterFlagCompletionFunc("kind", complete(templates.Kinds))
	_ = command.RegisterFlagCompletionFunc("lang", complete(templates.Languages))
	return command
}

func oneNewName(command *cobra.Command, args []string) error {
	if len(args) == 1 && programs.ValidName(args[0]) {
		return nil
	}
	return &usageError{command.CommandPath() + " takes the name of the new plugin", "1 to 63 of the characters a-z 0-9 _ -"}
}

func makePlugin(command *cobra.Command, args []string) error {
	n := templates.New{Name: args[0]}
	n.Kind, _ = command.Flags().GetString("kind")
	n.Lang, _ = command.Flags().GetString("lang")
	if !slices.Contains(templates.Kinds, n.Kind) {
		return &usageError{"--kind says what the plugin is to be", "it is one of " + strings.Join(templates.Kinds, ", ")}
	}
	if !slices.Contains(templates.Languages, n.Lang) {
		return &usageError{"--lang " + quoted(n.Lang) + " is not known", "it is one of " + strings.Join(templates.Languages, ", ")}
	}
	if sdk, _ := command.Flags().GetString("sdk"); sdk != "" {
		var err error
		if n.SDK, err = filepath.Abs(sdk); err != nil {
			return err
		}
	}
	folder := programs.Prefix + n.Name
	if err := n.Write(folder); err != nil {
		var none *templates.LanguageError
		switch {
		case errors.As(err, &none):
			return &usageError{err.Error(), "a duplex is there; leave out the direction that you don't need"}
		case errors.Is(err, fs.ErrExist):
			return fmt.Errorf("%s is there already", folder)
		}
		return err
	}
	p := &page{screen: screenOf(command.OutOrStdout())}
	p.line("%s is made: %s tells how to go on", folder, filepath.Join(folder, "README.md"))
	return p.err
}
