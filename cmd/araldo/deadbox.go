package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/araldo-relay/araldo/config"
	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/file/done"
	"github.com/araldo-relay/araldo/plugins/file/record"
)

// fileID is the id of the endpoints whose dead letters can be read here.
const fileID = "endpoint-file"

// box is a folder with dead letters.
type box struct {
	endpoint, folder string
	// strange counts the records that are no dead letters, bad the lines that are no records.
	strange, bad int
}

// letter is one dead letter that nobody has dealt with yet.
type letter struct {
	record.Entry
	story core.DeadLetter
	// own are the message's attributes without its story.
	own core.Attributes
}

// place names a letter in its box.
func (l *letter) place() string { return l.Position.String() }

// way is where it was to go.
func (l *letter) way() string { return l.story.Route + " -> " + l.story.Outlet }

// findBox finds the dead letters that a command line means. Those of an endpoint that is no file are a usage error that
// says where they are.
func findBox(command *cobra.Command) (*box, error) {
	cfg, _, err := load(command)
	if err != nil {
		return nil, err
	}
	name, err := boxName(command, cfg)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(cfg.Endpoints, func(in config.Instance) bool { return in.Name == name })
	if at < 0 {
		return nil, &usageError{"there is no endpoint " + quoted(name), "`--endpoint` is one of " + namesOfEndpoints(cfg)}
	}
	in := &cfg.Endpoints[at]
	if in.ID != fileID {
		return nil, notHere(in)
	}
	folder, err := folderOf(cfg, in)
	return &box{endpoint: name, folder: folder}, err
}

// boxName is --endpoint, or the only endpoint that takes dead letters.
func boxName(command *cobra.Command, cfg *config.Config) (string, error) {
	if name, _ := command.Flags().GetString("endpoint"); name != "" {
		return name, nil
	}
	names := deadLetterEndpoints(cfg)
	switch len(names) {
	case 0:
		return "", &usageError{"no outlet of the configuration has a dead letter",
			"`dead-letter: NAME` at an outlet names the endpoint that gets what its own never can; --endpoint names one here"}
	case 1:
		return names[0], nil
	}
	return "", &usageError{"there are dead letters at " + strings.Join(names, " and "), "choose with --endpoint NAME"}
}

// deadLetterEndpoints are the endpoints that outlets name, in the order of the routes.
func deadLetterEndpoints(cfg *config.Config) []string {
	var names []string
	for _, r := range cfg.Routes {
		for _, o := range r.Outlets {
			if o.DeadLetter != "" && !slices.Contains(names, o.DeadLetter) {
				names = append(names, o.DeadLetter)
			}
		}
	}
	return names
}

func namesOfEndpoints(cfg *config.Config) string {
	var names []string
	for _, in := range cfg.Endpoints {
		names = append(names, in.Name)
	}
	return strings.Join(names, ", ")
}

// notHere says where the dead letters of an endpoint are that is no endpoint-file: by its own keys, without secrets.
func notHere(in *config.Instance) error {
	var where []string
	for _, t := range builtInTypes() {
		var keys map[string]any
		if t.ID != in.ID || json.Unmarshal(in.Redacted(t.Schema), &keys) != nil {
			continue
		}
		for _, key := range slices.Sorted(maps.Keys(keys)) {
			if keys[key] != config.Redacted {
				where = append(where, fmt.Sprintf("%s: %v", key, keys[key]))
			}
		}
	}
	return &usageError{fmt.Sprintf("the dead letters at %s are where %s puts them (%s)", quoted(in.Name), in.ID, strings.Join(where, ", ")),
		"this command reads those of an endpoint-file"}
}

// folderOf is the folder of an endpoint-file.
func folderOf(cfg *config.Config, in *config.Instance) (string, error) {
	var keys struct{ Path string }
	for _, t := range builtInTypes() {
		if t.ID != in.ID {
			continue
		}
		text, problems := in.JSON(t.Schema)
		if problems.Failed() {
			return "", problems
		}
		if err := json.Unmarshal(text, &keys); err != nil {
			return "", fmt.Errorf("endpoint %s: %w", in.Name, err)
		}
	}
	return record.Folder(cfg.Dir, keys.Path), nil
}

// open reads the letters of the box that are not dealt with. A folder that is not there yet has none.
func (b *box) open() ([]letter, error) {
	marks, err := done.Read(b.folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return b.read(marks.Has)
}

func (b *box) read(isDone func(*record.Entry) bool) (dead []letter, err error) {
	b.strange, b.bad = 0, 0
	for entry, err := range record.Read(b.folder, record.Position{}) {
		if err != nil {
			return nil, err
		}
		if entry.Err != nil {
			b.bad++
			continue
		}
		if isDone(&entry) {
			continue
		}
		if l, is := letterOf(entry); is {
			dead = append(dead, l)
		} else {
			b.strange++
		}
	}
	return dead, nil
}

func letterOf(entry record.Entry) (letter, bool) {
	if entry.Message.Header == nil {
		return letter{}, false
	}
	story, own, found := core.ReadDeadLetter(entry.Message.Header.Attributes)
	return letter{Entry: entry, story: story, own: own}, found
}

// picked are the letters that arguments name, by place or id, or all; in the order of the box.
func (b *box) picked(dead []letter, names []string, all bool) ([]letter, error) {
	if all {
		return dead, nil
	}
	found := map[string]bool{}
	var list []letter
	for _, l := range dead {
		place, id := l.place(), l.Message.ID.String()
		if slices.Contains(names, place) || slices.Contains(names, id) {
			found[place], found[id] = true, true
			list = append(list, l)
		}
	}
	for _, name := range names {
		if !found[name] {
			return nil, &usageError{fmt.Sprintf("there is no dead letter %s at %s", quoted(name), b.endpoint),
				"`araldo dlq list` lists them; what was sent again or dropped is gone"}
		}
	}
	return list, nil
}

// note says what of the folder is not shown, empty where that is nothing.
func (b *box) note() string {
	var notes []string
	if b.strange > 0 {
		notes = append(notes, counted(b.strange, "other record"))
	}
	if b.bad > 0 {
		notes = append(notes, counted(b.bad, "bad line"))
	}
	return strings.Join(notes, ", ")
}
