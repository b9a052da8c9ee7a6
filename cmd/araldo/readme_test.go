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
	for name := range fields(reflect.TypeFor[control.Status](), map[string]bool{}) {
		if !strings.Contains(readme, "`"+name+"`") {
			t.Errorf("status has %q, the README has not", name)
		}
	}
	for _, command := range newRoot().Commands() {
		if !strings.Contains(readme, "`araldo "+command.Name()) {
			t.Errorf("the README does not name the command %s", command.Name())
		}
		eachFlag(command, func(flag string) {
			if !strings.Contains(readme, "--"+flag) {
				t.Errorf("the README does not name --%s of %s", flag, command.Name())
			}
		})
	}
	for state := core.StateDeclared; state <= core.StateDisabled; state++ {
		if !strings.Contains(readme, "`"+state.String()+"`") {
			t.Errorf("the README does not name the state %s", state)
		}
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
