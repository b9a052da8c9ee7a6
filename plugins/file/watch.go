package file

import (
	"context"
	"log/slog"
	"time"

	"github.com/fsnotify/fsnotify"
)

// lookEvery is how often a folder is looked at where the operating system tells nothing: on network file systems, and
// where its watches are used up.
const lookEvery = time.Second

// watcher waits for changes of a folder.
type watcher struct {
	notify *fsnotify.Watcher // nil where the operating system can't watch
}

// watch begins to watch; changes from now on are not missed.
func watch(folder string, log *slog.Logger) *watcher {
	notify, err := fsnotify.NewWatcher()
	if err == nil {
		if err = notify.Add(folder); err == nil {
			return &watcher{notify: notify}
		}
		_ = notify.Close()
	}
	log.Info("the folder can't be watched and is looked at once a second", "cause", err)
	return &watcher{}
}

// wait returns when something may have changed, or with ctx's error.
func (w *watcher) wait(ctx context.Context) error {
	var changes <-chan fsnotify.Event
	var failures <-chan error
	if w.notify != nil {
		changes, failures = w.notify.Events, w.notify.Errors
	}
	look := time.NewTimer(lookEvery)
	defer look.Stop()
	select {
	case <-changes:
	case <-failures: // too many changes at once, for one: there was a change
	case <-look.C:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

func (w *watcher) close() {
	if w.notify != nil {
		_ = w.notify.Close()
	}
}
