package main

import (
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk/sdktest"
)

func newPluginsTest() *cobra.Command {
	command := &cobra.Command{
		Use:   "test PROGRAM",
		Short: "Hold a plugin's program to what it promises, whatever it is written in",
		Long: "Hold a plugin's program to what it promises, whatever it is written in.\n\n" +
			"The program is started as a hub starts it, and the conformance suite plays the hub. It tells what each id promises, what\n" +
			"was tested, and what was left out because it is not promised. What the program logs goes to standard error. The exit\n" +
			"code is 1 if a rule was broken. --config names a YAML file with, for each id, a configuration that works and what else\n" +
			"the suite should know; plugins/README.md explains it. Without one, ids are tested with none of their keys.",
		Args: oneProgram,
		RunE: testPlugin,
	}
	command.Flags().StringP("config", "c", "", "`FILE` says how instances are to be configured")
	return command
}

func oneProgram(command *cobra.Command, args []string) error {
	if len(args) == 1 {
		return nil
	}
	return &usageError{command.CommandPath() + " takes one program", "it is the file that a hub would start, araldo-plugin-NAME"}
}

func testPlugin(command *cobra.Command, args []string) error {
	program, err := filepath.Abs(args[0])
	if err != nil {
		return err
	}
	if _, err := exec.LookPath(program); err != nil {
		return fmt.Errorf("%s can't be started: %w", plain(args[0]), errors.Unwrap(err))
	}
	file, _ := command.Flags().GetString("config")
	e, err := readTestFile(file)
	if err != nil {
		return err
	}
	r := &testReport{page: &page{screen: screenOf(command.OutOrStdout())}}
	e.Path, e.Log = program, command.ErrOrStderr()
	e.Found, e.Began, e.Checked = r.found, r.began, r.checked
	info, findings, err := e.Test(command.Context())
	if err == nil {
		err = r.end(info, findings, args[0])
	}
	return err
}

// testReport tells of a suite's run while it goes on.
type testReport struct {
	page                    *page
	passed, failed, skipped int
}

func (r *testReport) found(info core.PluginInfo) {
	r.page.styled(bold, "plugin %s %s", plain(info.Name), plain(info.Version))
}

func (r *testReport) began(typ core.TypeInfo, left []sdktest.Skipped) {
	r.page.styled(bold, "%v %s", typ.Kind, plain(typ.ID))
	for _, promise := range typ.Capabilities.Sentences() {
		r.page.line("  promises  %s", plain(promise))
	}
	reasons := map[string][]string{}
	var order []string
	for _, l := range left {
		if reasons[l.Why] == nil {
			order = append(order, l.Why)
		}
		reasons[l.Why] = append(reasons[l.Why], l.Name)
	}
	for _, why := range order {
		r.page.styled(faint, "  skipped   %s: %s", strings.Join(reasons[why], ", "), why)
	}
	r.skipped += len(left)
}

func (r *testReport) checked(result sdktest.Result) {
	if len(result.Findings) == 0 {
		r.passed++
		r.page.line("  ok        %s", result.Name)
		return
	}
	r.failed++
	r.page.styled(red, "  broken    %s: %s", result.Name, result.Rule)
	for _, f := range result.Findings {
		r.page.line("            %s", plain(f))
	}
}

// end sums up, and is an error where anything was wrong.
func (r *testReport) end(info core.PluginInfo, findings []string, path string) error {
	for _, f := range findings {
		r.failed++
		r.page.styled(red, "  broken    %s", plain(f))
	}
	r.page.line("%d passed, %d broken, %d skipped", r.passed, r.failed, r.skipped)
	switch {
	case r.page.err != nil:
		return r.page.err
	case r.failed > 0:
		return fmt.Errorf("%s breaks %d of the rules of plugins", path, r.failed)
	case len(info.Types) == 0:
		return fmt.Errorf("%s offers no id", path)
	}
	return nil
}
