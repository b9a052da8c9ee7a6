package main

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/araldo-relay/araldo/config"
)

// starter is what `config init` writes.
//
//go:embed starter.yaml
var starter []byte

func newConfig() *cobra.Command {
	command := &cobra.Command{
		Use:   "config",
		Short: "Begin a configuration, or get the schema of one for an editor",
		Long:  "Begin a configuration, or get the schema of one for an editor. `araldo help configuration` tells about the file.",
		Args:  onlyItsCommands,
		RunE:  func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	begin := &cobra.Command{
		Use:   "init",
		Short: "Write a configuration to begin with, explained line by line",
		Long: "Write a configuration to begin with, explained line by line. It runs as it is, with nothing installed: browsers on\n" +
			"one side, a Redis that runs inside araldo on the other.",
		Example: "  araldo config init -o araldo.yaml && araldo serve",
		Args:    noArguments,
		RunE:    initConfig,
	}
	begin.Flags().StringP("output", "o", "", "`FILE` to write, which must not be there yet (default standard output)")
	schema := &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of a configuration, for editors",
		Long: "Print the JSON Schema of a configuration with the keys of all built-in ids. Editors with a YAML language server use it\n" +
			"by a first line `# yaml-language-server: $schema=araldo.schema.json`.",
		Example: "  araldo config schema > araldo.schema.json",
		Args:    noArguments,
		RunE:    printSchema,
	}
	command.AddCommand(begin, schema)
	return command
}

func initConfig(command *cobra.Command, _ []string) error {
	path, _ := command.Flags().GetString("output")
	if path == "" {
		_, err := command.OutOrStdout().Write(starter)
		return err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return &usageError{path + " is there already", "choose another name with -o FILE, or move it away"}
	}
	if err != nil {
		return err
	}
	_, err = file.Write(starter)
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	_, err = fmt.Fprintf(command.OutOrStdout(), "wrote %s: run it with `araldo serve -c %s`\n", path, path)
	return err
}

func printSchema(command *cobra.Command, _ []string) error {
	text, err := config.FileSchema(builtInTypes())
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(command.OutOrStdout(), "%s\n", text)
	return err
}
