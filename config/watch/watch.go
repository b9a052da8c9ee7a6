// Package watch tells when files hold something else than before, however they are written: in place, by a rename as
// editors do, by deleting and making them again, or by turning a link as Kubernetes does with what it mounts.
package watch

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/fsnotify/fsnotify"
)

const (
	// quiet is for how long nothing may happen to the files before they are read: many changes are several steps.
	quiet = 150 * time.Millisecond
	// longest is how long a file that never rests is waited for.
	longest = 2 * time.Second
	// lookEvery is how often the files are read where the operating system tells nothing: on network file systems, where
	// its watches are used up, and in folders that only may be passed through.
	lookEvery = 5 * time.Second
)

// Watcher watches files. Run may be called once.
type Watcher struct {
	log  *slog.Logger
	seen map[string]imprint
	// lookEvery is the constant, which tests lengthen.
	lookEvery time.Duration
	// watching, if set, is told when all that happens from now on is seen.
	watching func()
}

// New takes note of what the files hold now; one that can't be read counts as it is, and coming to be readable is a
// change.
func New(log *slog.Logger, files ...string) *Watcher {
	w := &Watcher{log: log, lookEvery: lookEvery}
	w.follow(files)
	return w
}

// follow makes these the files that are watched. Those that were before are remembered as they were read then.
func (w *Watcher) follow(files []string) {
	seen := make(map[string]imprint, len(files))
	for _, file := range files {
		known, found := w.seen[file]
		if !found {
			known = imprintOf(file)
		}
		seen[file] = known
	}
	w.seen = seen
}

// Run calls changed whenever a file holds something else than before, until ctx ends. changed returns the files to watch
// from then on. What happens during a call leads to the next one. A file that is empty is one that is being written, and
// no change.
func (w *Watcher) Run(ctx context.Context, changed func(context.Context) []string) {
	for ctx.Err() == nil {
		// Everything about the files may have changed place, so the watches are made anew, and the files read when they
		// stand: nothing is missed between.
		way := newWay(slices.Sorted(maps.Keys(w.seen)))
		notify := w.watch(way)
		if w.look() {
			w.follow(changed(ctx))
		} else {
			if w.watching != nil {
				w.watching()
			}
			w.wait(ctx, notify, way)
		}
		if notify != nil {
			_ = notify.Close()
		}
	}
}

// look reads the files and reports whether one has changed since it was read last.
func (w *Watcher) look() bool {
	changed := false
	for file, before := range w.seen {
		now := imprintOf(file)
		if now.empty() || now == before {
			continue
		}
		w.seen[file], changed = now, true
	}
	return changed
}

// watch begins to watch the folders on the way; nil where the operating system can't. What it can't watch is looked at.
func (w *Watcher) watch(way way) *fsnotify.Watcher {
	notify, err := fsnotify.NewWatcher()
	if err != nil {
		w.log.Info("files can't be watched and are looked at from time to time", "every", w.lookEvery, "cause", err)
		return nil
	}
	for _, folder := range way.folders {
		if err := notify.Add(folder); err != nil {
			w.log.Debug("a folder can't be watched", "folder", folder, "cause", err)
		}
	}
	return notify
}

// wait returns when the files may have changed and are at rest again, when it is time to look, or when ctx ends.
func (w *Watcher) wait(ctx context.Context, notify *fsnotify.Watcher, way way) {
	var events <-chan fsnotify.Event
	var failures <-chan error
	if notify != nil {
		events, failures = notify.Events, notify.Errors
	}
	rest := time.NewTimer(w.lookEvery)
	defer rest.Stop()
	var last <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-rest.C:
			return
		case <-last:
			return
		case event := <-events:
			if !way.names[event.Name] {
				continue
			}
		case <-failures: // too many at once, for one
		}
		if last == nil {
			last = time.After(longest)
		}
		rest.Reset(quiet)
	}
}
