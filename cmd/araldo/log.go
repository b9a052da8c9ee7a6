package main

import (
	"io"
	"log/slog"
)

// levelFatal is above slog's highest: with log-level fatal only the end of the hub is worth a line.
const levelFatal = slog.LevelError + 4

// logLevels are the values of global.log-level.
var logLevels = map[string]slog.Level{
	"debug": slog.LevelDebug, "info": slog.LevelInfo, "warning": slog.LevelWarn, "error": slog.LevelError, "fatal": levelFatal,
}

// newLog writes one line per record in the format and from the level on. Levels have the configuration's names.
func newLog(w io.Writer, format string, level slog.Leveler) *slog.Logger {
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: nameLevel}
	if format == formatJSON {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

func nameLevel(groups []string, a slog.Attr) slog.Attr {
	if a.Key != slog.LevelKey || len(groups) > 0 {
		return a
	}
	for name, level := range logLevels {
		if a.Value.Any() == level {
			return slog.String(slog.LevelKey, name)
		}
	}
	return a
}
