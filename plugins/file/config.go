package file

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/file/record"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

// config is the keys of endpoint-file.
type config struct {
	Path        string    `key:"path" required:"true" min:"1" doc:"The folder, made where it is missing (0700). A relative one starts at the configuration's folder; .. may not stand in it."`
	SegmentSize sdk.Bytes `key:"segment-size" default:"16MiB" min:"4KiB" doc:"Begin a new file before one grows beyond this."`
	MaxSize     sdk.Bytes `key:"max-size" default:"0" doc:"The most that all files take together, at least twice segment-size; 0: no bound."`
	WhenFull    string    `key:"when-full" default:"remove-oldest" enum:"remove-oldest,refuse" doc:"At max-size, remove the oldest file and count its records as removed, or take no more messages until there is room. A dead-letter box should refuse."`
	Sync        string    `key:"sync" default:"none" enum:"none,write" doc:"write: a message is confirmed when it is on stable storage, none: when the operating system has it."`
	From        string    `key:"from" default:"end" enum:"start,end" doc:"Where reading begins each time the endpoint is opened: at the oldest record, or after the newest."`
	Reserved    string    `key:"reserved" default:"drop" enum:"drop,keep" doc:"keep: believe reserved attributes (conn, user and so on) in records that are read."`
}

// The values of the keys.
const (
	fullRefuse   = "refuse"
	syncWrite    = "write"
	fromStart    = "start"
	reservedKeep = "keep"
)

// folder is the path made absolute.
func (c *config) folder(s sdk.Setting) string { return record.Folder(s.BaseDir, c.Path) }

// Check finds what the schema can't say.
func (c *config) Check(s sdk.Setting) []sdk.Diagnostic {
	var found []sdk.Diagnostic
	switch info, err := os.Stat(c.folder(s)); {
	case slices.Contains(strings.Split(filepath.ToSlash(c.Path), "/"), ".."):
		found = append(found, wrong("/path", fmt.Sprintf("path is %q, .. may not stand in it", c.Path),
			"write the folder's whole path, beginning with /"))
	case strings.ContainsFunc(c.Path, unicode.IsControl):
		found = append(found, wrong("/path", fmt.Sprintf("path is %q, with a control character", c.Path), "name a folder"))
	case err == nil && !info.IsDir():
		found = append(found, wrong("/path", fmt.Sprintf("path is %q, which is a file", c.Path),
			"name a folder: the records stand in files inside it"))
	}
	if c.MaxSize != 0 && c.MaxSize < 2*c.SegmentSize {
		found = append(found, wrong("/max-size", fmt.Sprintf("max-size is %v, with segments of %v", c.MaxSize, c.SegmentSize),
			"at least twice segment-size, so that there is an old file to remove"))
	}
	return found
}

func wrong(path, summary, detail string) sdk.Diagnostic {
	return sdk.Diagnostic{Severity: core.SeverityError, Path: path, Summary: summary, Detail: detail}
}

// Claims takes the folder for this endpoint alone, and says that it hears what it writes.
func (c *config) Claims(s sdk.Setting) sdk.Claims {
	place := []string{"file:" + c.folder(s)}
	return sdk.Claims{Takes: place, SpeaksTo: place, HearsFrom: place}
}

// capabilities: reading begins again at `from`, so nothing is acknowledged or comes again; what is not read yet waits in
// its file, so the reader can pause.
var capabilities = sdk.Capabilities{
	Inbound: &sdk.Inbound{Ack: core.AckNone, Replay: core.ReplayNone, Pausable: true,
		Limit: "reading a folder begins at `from` again, not at what was settled"},
	Outbound: &sdk.Outbound{Confirm: core.ConfirmPersisted},
}

// Capabilities says what a confirmation means with this configuration.
func (c *config) Capabilities() sdk.Capabilities {
	out := &sdk.Outbound{Confirm: core.ConfirmPersisted}
	if c.Sync != syncWrite {
		out = &sdk.Outbound{Confirm: core.ConfirmWritten,
			Limit: "with `sync: " + c.Sync + "` a message is confirmed before it is on disk"}
	}
	return sdk.Capabilities{Inbound: capabilities.Inbound, Outbound: out}
}
