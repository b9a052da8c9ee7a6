package host

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
)

// maxLogAttributes is how many attributes of one line are taken over.
const maxLogAttributes = 32

// logLine is one line of a plugin's output as an entry for the hub's log.
type logLine struct {
	level      slog.Level
	message    string
	attributes []slog.Attr
}

// parseLogLine reads a JSON line as log/slog or hclog write it. Anything else is not ok, however it is malformed.
func parseLogLine(line []byte) (entry logLine, ok bool) {
	if len(line) == 0 || line[0] != '{' {
		return logLine{}, false
	}
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.UseNumber()
	var fields map[string]any
	if decoder.Decode(&fields) != nil {
		return logLine{}, false
	}
	message, ok := take(fields, "msg", "@message").(string)
	if !ok {
		return logLine{}, false
	}
	level, _ := take(fields, "level", "@level").(string)
	take(fields, "time", "@timestamp")
	entry = logLine{level: parseLevel(level), message: printable(message, maxText)}
	entry.attributes = logAttributes(fields)
	return entry, true
}

// take removes the names and returns the value of the first that was there.
func take(fields map[string]any, names ...string) any {
	var value any
	for _, name := range names {
		if v, found := fields[name]; found && value == nil {
			value = v
		}
		delete(fields, name)
	}
	return value
}

func parseLevel(name string) slog.Level {
	var level slog.Level
	switch {
	case strings.EqualFold(name, "trace"):
		return slog.LevelDebug
	case level.UnmarshalText([]byte(name)) == nil:
		return level
	}
	return slog.LevelInfo
}

func logAttributes(fields map[string]any) []slog.Attr {
	names := make([]string, 0, len(fields))
	for name := range fields {
		// `plugin` is the hub's own attribute of these lines.
		if name != "plugin" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	names = names[:min(len(names), maxLogAttributes)]
	attributes := make([]slog.Attr, len(names))
	for i, name := range names {
		shown := printable(strings.TrimPrefix(name, "@"), 64)
		attributes[i] = slog.String(shown, printable(fmt.Sprint(fields[name]), maxText))
	}
	return attributes
}

// textLine reads a line that is not JSON, by the prefixes that many programs use.
func textLine(line []byte) logLine {
	entry := logLine{level: slog.LevelInfo, message: printable(string(line), maxText)}
	for prefix, level := range textLevels {
		if bytes.HasPrefix(line, []byte(prefix)) {
			entry.level = level
		}
	}
	return entry
}

var textLevels = map[string]slog.Level{
	"[TRACE]": slog.LevelDebug, "[DEBUG]": slog.LevelDebug, "[WARN]": slog.LevelWarn, "[ERROR]": slog.LevelError,
}

// startsTrace reports whether a line is the first of a Go program's last words.
func startsTrace(line []byte) bool {
	return bytes.HasPrefix(line, []byte("panic: ")) || bytes.HasPrefix(line, []byte("fatal error: "))
}
