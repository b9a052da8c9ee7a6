package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/spf13/cobra"

	"github.com/araldo-relay/araldo/config"
	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/control"
	"github.com/araldo-relay/araldo/core/hub"
	"github.com/araldo-relay/araldo/routes"
)

func newCheck() *cobra.Command {
	command := &cobra.Command{
		Use:   "check",
		Short: "Check a configuration with the code that serve runs, and tell what each route guarantees",
		Long: "Check a configuration with the code that serve runs, its plugins included, and tell what each route\n" +
			"guarantees and why. Nothing is opened or created. The exit code is 2 if something is wrong.\n\n" +
			"With --format json every value is told with its origin: a flag, the environment, file:line:column or default.",
		Args: noArguments,
		RunE: check,
	}
	addConfigFlag(command)
	config.AddFlags(command.Flags())
	addFormatFlag(command, "text or json")
	return command
}

func check(command *cobra.Command, _ []string) error {
	format, err := formatOf(command, formatText, formatJSON)
	if err != nil {
		return err
	}
	cfg, problems, err := load(command)
	if err != nil {
		return err
	}
	promises, found, err := askPlugins(command.Context(), command.ErrOrStderr(), cfg)
	problems = merged(problems, found)
	if format == formatJSON {
		err = errors.Join(writeJSON(command.OutOrStdout(), checkedConfig(cfg, promises, problems, err)), err)
	}
	if problems.Failed() {
		return problems
	}
	if err != nil {
		return err
	}
	printProblems(command.ErrOrStderr(), problems)
	if format == formatJSON {
		return nil
	}
	return printChecked(command.OutOrStdout(), cfg, promises)
}

// askPlugins runs the hub's own check and returns what each outlet promises.
func askPlugins(ctx context.Context, errOut io.Writer, cfg *config.Config) ([]routes.Served, core.Problems, error) {
	// The log of plugins that are only asked would stand between what they are asked for.
	h, err := hub.New(cfg, hub.Options{Log: newLog(errOut, formatText, slog.LevelError), Version: programVersion()})
	if err != nil {
		return nil, nil, err
	}
	problems, err := h.Check(ctx)
	return h.Promises(), problems, err
}

// printChecked shows the routes as a table, then each outlet's promise in one line.
func printChecked(w io.Writer, cfg *config.Config, promises []routes.Served) error {
	p := &page{screen: screenOf(w)}
	p.configured(cfg, promises)
	if len(promises) > 0 {
		p.line("")
	}
	for _, outlet := range promises {
		p.line("%s", outlet.Plain())
	}
	p.styled(green, "ok")
	return p.err
}

// checked is the answer of `check --format json`; its JSON names are a promise.
type checked struct {
	Config string `json:"config"`
	OK     bool   `json:"ok"`
	// Error is what kept the plugins from being asked.
	Error        string            `json:"error,omitempty"`
	Problems     []control.Problem `json:"problems"`
	Global       []checkedValue    `json:"global"`
	Marshallings []checkedInstance `json:"marshallings"`
	Endpoints    []checkedInstance `json:"endpoints"`
	Routes       []configuredRoute `json:"routes"`
}

type checkedInstance struct {
	Name   string         `json:"name"`
	ID     string         `json:"id"`
	At     string         `json:"at"`
	Values []checkedValue `json:"values"`
}

// checkedValue is a value and where it is from: `flag --NAME`, `environment NAME`, a file:line:column, or `default`.
type checkedValue struct {
	Key    string `json:"key"`
	Value  any    `json:"value"`
	Origin string `json:"origin"`
}

func checkedConfig(cfg *config.Config, promises []routes.Served, problems core.Problems, err error) checked {
	c := checked{Config: cfg.Path, OK: err == nil && !problems.Failed(), Problems: control.ProblemsOf(problems), Global: checkedValues(cfg.GlobalSettings()),
		Marshallings: checkedInstances(cfg.Marshallings), Endpoints: checkedInstances(cfg.Endpoints), Routes: routesOfConfig(cfg, promises)}
	if err != nil {
		c.Error = err.Error()
	}
	return c
}

func checkedInstances(list []config.Instance) []checkedInstance {
	schemas := map[string][]byte{}
	for _, t := range builtInTypes() {
		schemas[t.ID] = t.Schema
	}
	all := []checkedInstance{}
	for i := range list {
		in := &list[i]
		all = append(all, checkedInstance{in.Name, in.ID, in.Position.String(), checkedValues(in.Settings(schemas[in.ID]))})
	}
	return all
}

func checkedValues(list []config.Setting) []checkedValue {
	values := make([]checkedValue, len(list))
	for i, s := range list {
		values[i] = checkedValue{s.Key, s.Value, originOf(s.Origin)}
	}
	return values
}

func originOf(at core.Position) string {
	switch {
	case at == core.Position{}:
		return "default"
	case at.Line == 0 && strings.HasPrefix(at.File, "--"):
		return "flag " + at.File
	case at.Line == 0 && strings.HasPrefix(at.File, "$"):
		return "environment " + at.File[1:]
	}
	return fmt.Sprint(at)
}
