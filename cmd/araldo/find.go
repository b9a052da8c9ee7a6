package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/araldo-relay/araldo/config"
	"github.com/araldo-relay/araldo/core/control"
)

// defaultConfig is the configuration that is read where none is named.
const defaultConfig = "araldo.yaml"

// addConfigFlag adds -c, which says where the configuration is.
func addConfigFlag(command *cobra.Command) {
	command.Flags().StringP("config", "c", "", "configuration `FILE` (default ./"+defaultConfig+")")
}

// addHubFlags adds the flags of commands that speak to a running hub.
func addHubFlags(command *cobra.Command) {
	addConfigFlag(command)
	command.Flags().String("socket", "", "control socket `PATH` of the hub (default the one of the configuration)")
	command.Flags().String("data-dir", "", "`DIRECTORY` in which the hub keeps its files (default the configuration's)")
}

// configPath is the configuration that a command line means, empty where it names none and there is no default one.
func configPath(command *cobra.Command) string {
	if path, _ := command.Flags().GetString("config"); path != "" {
		return path
	}
	if _, err := os.Stat(defaultConfig); err != nil {
		return ""
	}
	return defaultConfig
}

// dial finds the hub that a command line means.
func dial(command *cobra.Command) (*control.Client, error) {
	paths, err := sockets(command)
	if err != nil {
		return nil, err
	}
	return control.Dial(paths)
}

// sockets are the paths at which that hub may listen: --socket alone, else the data directory of the configuration.
func sockets(command *cobra.Command) ([]string, error) {
	if path, _ := command.Flags().GetString("socket"); path != "" {
		return []string{path}, nil
	}
	directories, err := dataDirs(command)
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, directory := range directories {
		path, err := control.SocketPath(directory)
		if err != nil {
			return nil, err
		}
		paths = append(paths, path)
	}
	return paths, nil
}

// dataDirs are the data directories that the command line may mean. A configuration with mistakes in it still says
// where its hub is.
func dataDirs(command *cobra.Command) ([]string, error) {
	if path := configPath(command); path != "" {
		cfg, problems := config.Load(path, command.Flags())
		if cfg == nil {
			return nil, problems
		}
		return []string{cfg.Global.DataDir}, nil
	}
	if directory, _ := command.Flags().GetString("data-dir"); directory != "" {
		return []string{directory}, nil
	}
	var directories []string
	for _, variable := range []string{"ARALDO_DATA_DIR", "STATE_DIRECTORY"} {
		if directory := os.Getenv(variable); directory != "" {
			directories = append(directories, directory)
		}
	}
	here, err := filepath.Abs(strings.TrimSuffix(defaultConfig, filepath.Ext(defaultConfig)) + "-data")
	return append(directories, here), err
}

// withTimeout is the command's context with an end that says what it waited for.
func withTimeout(command *cobra.Command, limit time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(command.Context(), limit, fmt.Errorf("no answer within %s", limit))
}

// oneOf checks the value of a flag.
func oneOf(flag, value string, allowed ...string) error {
	if slices.Contains(allowed, value) {
		return nil
	}
	wrong := &usageError{
		text: fmt.Sprintf("--%s %s is not allowed", flag, quoted(value)),
		hint: "it may be " + strings.Join(allowed, " or "),
	}
	if near := nearest(value, allowed); near != "" {
		wrong.hint = "did you mean " + near + "?"
	}
	return wrong
}
