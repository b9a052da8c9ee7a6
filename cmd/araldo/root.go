package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

var errInterrupted = errors.New("interrupted")

// run executes one command line and returns the exit code. SIGINT and SIGTERM end the command's context.
func run(args []string, out, errOut io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(errOut)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	err := root.ExecuteContext(ctx)
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		err = errInterrupted
	}
	return report(errOut, err)
}

// newRoot is the whole command line. Without a sub-command it is serve.
func newRoot() *cobra.Command {
	root := newServe()
	root.Use = "araldo"
	root.Short = "Relay messages between WebSockets, Redis and whatever else has a plugin"
	root.Long = root.Short + ".\n\nWithout a command it serves: `araldo -c FILE` is `araldo serve -c FILE`."
	root.Args = onlyCommands
	root.SilenceErrors, root.SilenceUsage = true, true
	root.CompletionOptions.SetDefaultShellCompDirective(cobra.ShellCompDirectiveDefault)
	root.SetFlagErrorFunc(wrongFlag)
	root.AddCommand(newServe(), newCheck(), newStatus(), newStop(), newReload(), newEnable(), newDisable(), newRoutes(), newGuarantees(), newPlugins(), newConfig(),
		newTap(), newSend(), newConnect(), newDLQ(), newBench(), newPprof(), newVersion(), newDemo())
	root.AddCommand(newTopics()...)
	root.SetHelpCommand(newHelp(root))
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	arrange(root)
	complete(root)
	return root
}

// onlyCommands refuses a first word that is no command.
func onlyCommands(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	wrong := &usageError{text: "unknown command " + quoted(args[0]), hint: "`araldo --help` lists the commands"}
	if near := nearest(args[0], namesOf(root)); near != "" {
		wrong.hint = "did you mean `" + root.CommandPath() + " " + near + "`?"
	} else if info, err := os.Stat(args[0]); err == nil && info.Mode().IsRegular() {
		wrong.hint = "a configuration is named with -c: `araldo -c " + args[0] + "`"
	}
	return wrong
}

// onlyItsCommands is onlyCommands for a command that is nothing without one of its own.
func onlyItsCommands(command *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	wrong := &usageError{"unknown command " + quoted(command.CommandPath()+" "+args[0]), "`" + command.CommandPath() + " --help` lists its commands"}
	if near := nearest(args[0], namesOf(command)); near != "" {
		wrong.hint = "did you mean `" + command.CommandPath() + " " + near + "`?"
	}
	return wrong
}

func namesOf(command *cobra.Command) []string {
	var names []string
	for _, c := range command.Commands() {
		names = append(names, c.Name())
	}
	return names
}

// newHelp replaces cobra's, which answers an unknown command with exit code 0.
func newHelp(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND | TOPIC]",
		Short: "Explain a command or a topic",
		RunE: func(_ *cobra.Command, args []string) error {
			command, rest, err := root.Find(args)
			if err != nil {
				return err
			}
			if err := onlyCommands(root, rest); err != nil {
				return err
			}
			return command.Help()
		},
	}
}
