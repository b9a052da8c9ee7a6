package main

import (
	_ "embed"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// licenses are those of all that is linked; `make licenses` writes them.
//
//go:embed licenses.txt
var licenses string

// version is set by the linker (-X main.version=1.2.3) for releases; without it the build's own record counts.
var version string

func newVersion() *cobra.Command {
	command := &cobra.Command{
		Use:   "version",
		Short: "Print the version, or the licences of all that this program contains",
		Args:  noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			if all, _ := command.Flags().GetBool("licenses"); all {
				_, err := io.WriteString(command.OutOrStdout(), licenses)
				return err
			}
			_, err := fmt.Fprintf(command.OutOrStdout(), "araldo %s (%s, %s/%s)\n", programVersion(), runtime.Version(),
				runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
	command.Flags().Bool("licenses", false, "print the licences of araldo and of the modules that it contains")
	return command
}

// programVersion is what this program calls itself.
func programVersion() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "unknown"
	}
	return info.Main.Version
}
