package main

import (
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/control"
)

func TestTheReadmeNamesEverything(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	readme := string(text)
	for _, answer := range []reflect.Type{reflect.TypeFor[control.Status](), reflect.TypeFor[control.TapEvent](),
		reflect.TypeFor[control.Sent](), reflect.TypeFor[checked](), reflect.TypeFor[listedPlugin](), reflect.TypeFor[described](),
		reflect.TypeFor[benched]()} {
		for name := range fields(answer, map[string]bool{}) {
			if !strings.Contains(readme, "`"+name+"`") {
				t.Errorf("%s has %q, the README has not", answer, name)
			}
		}
	}
	// Line breaks are of no account.
	checkCommands(t, strings.Join(strings.Fields(readme), " "), newRoot().Commands())
	for state := core.StateDeclared; state <= core.StateDisabled; state++ {
		if !strings.Contains(readme, "`"+state.String()+"`") {
			t.Errorf("the README does not name the state %s", state)
		}
	}
}

// checkCommands looks for commands, topics and flags.
func checkCommands(t *testing.T, readme string, commands []*cobra.Command) {
	t.Helper()
	for _, command := range commands {
		if command.HasSubCommands() && command.Name() != "completion" {
			checkCommands(t, readme, command.Commands())
			continue
		}
		path := command.CommandPath()
		if !command.Runnable() && !command.HasSubCommands() {
			path = "araldo help " + command.Name()
		}
		if !strings.Contains(readme, "`"+path) {
			t.Errorf("the README does not name %s", path)
		}
		eachFlag(command, func(flag string) {
			if !strings.Contains(readme, "--"+flag) {
				t.Errorf("the README does not name --%s of %s", flag, path)
			}
		})
	}
}

func eachFlag(command *cobra.Command, visit func(string)) {
	command.Flags().VisitAll(func(f *pflag.Flag) { visit(f.Name) })
}

// fields collects the JSON names of a type and of all that it holds.
func fields(typ reflect.Type, into map[string]bool) map[string]bool {
	switch {
	case typ.Kind() == reflect.Slice:
		return fields(typ.Elem(), into)
	case typ.Kind() != reflect.Struct || typ == reflect.TypeFor[time.Time]():
		return into
	}
	for i := range typ.NumField() {
		name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
		into[name] = true
		fields(typ.Field(i).Type, into)
	}
	return into
}
