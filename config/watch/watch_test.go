package watch

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

// watched is a Watcher at work on a file. It never looks of itself, so all that it finds was told to it.
type watched struct {
	t    *testing.T
	path string
	// ready is told when all is seen from now on, changed what the file holds after a change.
	ready   chan struct{}
	changed chan string
}

// start begins to watch path and more, until the test ends.
func start(t *testing.T, path string, more ...string) *watched {
	t.Helper()
	w := &watched{t: t, path: path, ready: make(chan struct{}), changed: make(chan string)}
	files := append([]string{path}, more...)
	watcher := New(slog.New(slog.DiscardHandler), files...)
	ctx, cancel := context.WithCancel(t.Context())
	watcher.lookEvery, watcher.watching = 24*time.Hour, func() {
		select {
		case w.ready <- struct{}{}:
		case <-ctx.Done():
		}
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		watcher.Run(ctx, func(ctx context.Context) []string {
			text, err := os.ReadFile(path)
			if err != nil {
				text = []byte("(missing)")
			}
			select {
			case w.changed <- string(text):
			case <-ctx.Done():
			}
			return files
		})
	}()
	t.Cleanup(func() { cancel(); <-done })
	return w
}

func (w *watched) awaitReady() {
	w.t.Helper()
	select {
	case <-w.ready:
	case got := <-w.changed:
		w.t.Fatalf("a change to %q that was none", got)
	case <-time.After(patience):
		w.t.Fatal("nothing was looked at")
	}
}

// expect waits until the change to text was told; before it others may be, of steps on the way.
func (w *watched) expect(text string) {
	w.t.Helper()
	late := time.After(patience)
	for {
		select {
		case got := <-w.changed:
			if got == text {
				return
			}
		case <-w.ready:
		case <-late:
			w.t.Fatalf("the change to %q was not told", text)
		}
	}
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// replace writes beside the file and renames over it, as editors do.
func replace(t *testing.T, path, text string) {
	t.Helper()
	put(t, path+".new", text)
	must(t, os.Rename(path+".new", path))
}

// link makes a symbolic link in one step, also where there is one.
func link(t *testing.T, target, name string) {
	t.Helper()
	must(t, os.Symlink(target, name+".new"))
	must(t, os.Rename(name+".new", name))
}

// mount lays a folder out as Kubernetes does a ConfigMap: the file is a link through ..data, a link to a folder with a
// name of its own. turn makes the next folder, turns ..data and removes the old one.
func mount(t *testing.T, dir, text string) (path string, turn func(text string)) {
	t.Helper()
	current := ""
	turn = func(text string) {
		t.Helper()
		next, err := os.MkdirTemp(dir, "..2026_")
		must(t, err)
		put(t, filepath.Join(next, "araldo.yaml"), text)
		link(t, filepath.Base(next), filepath.Join(dir, "..data"))
		if current != "" {
			must(t, os.RemoveAll(current))
		}
		current = next
	}
	turn(text)
	path = filepath.Join(dir, "araldo.yaml")
	must(t, os.Symlink("..data/araldo.yaml", path))
	return path, turn
}

func TestEachWayOfWritingIsSeenAgainAndAgain(t *testing.T) {
	for name, write := range map[string]func(t *testing.T, path, text string){
		"in place":  put,
		"by rename": replace,
		"deleted and made again": func(t *testing.T, path, text string) {
			must(t, os.Remove(path))
			put(t, path, text)
		},
		"moved away and made again": func(t *testing.T, path, text string) {
			must(t, os.Rename(path, path+"~"))
			put(t, path, text)
		},
		"emptied, then filled": func(t *testing.T, path, text string) {
			put(t, path, "")
			put(t, path, text)
		},
		"the folder made again": func(t *testing.T, path, text string) {
			must(t, os.RemoveAll(filepath.Dir(path)))
			must(t, os.Mkdir(filepath.Dir(path), 0o700))
			put(t, path, text)
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "conf", "araldo.yaml")
			must(t, os.Mkdir(filepath.Dir(path), 0o700))
			put(t, path, "first")
			w := start(t, path)
			w.awaitReady()
			for _, text := range []string{"second", "third", "fourth"} {
				write(t, path, text)
				w.expect(text)
			}
		})
	}
}

func TestAMountThatTurnsItsLinkIsSeen(t *testing.T) {
	path, turn := mount(t, t.TempDir(), "first")
	w := start(t, path)
	w.awaitReady()
	for _, text := range []string{"second", "third", "fourth"} {
		turn(text)
		w.expect(text)
	}
}

func TestALinkedFolderThatTurnsIsSeenThoughTheOldOneStays(t *testing.T) {
	dir := t.TempDir()
	for _, release := range []string{"first", "second"} {
		must(t, os.MkdirAll(filepath.Join(dir, "releases", release), 0o700))
		put(t, filepath.Join(dir, "releases", release, "araldo.yaml"), release)
	}
	link(t, "releases/first", filepath.Join(dir, "current"))
	w := start(t, filepath.Join(dir, "current", "araldo.yaml"))
	w.awaitReady()
	for _, release := range []string{"second", "first"} {
		link(t, filepath.Join("releases", release), filepath.Join(dir, "current"))
		w.expect(release)
	}
}

func TestTheTargetOfALinkIsWatched(t *testing.T) {
	dir := t.TempDir()
	target, path := filepath.Join(dir, "real", "it.yaml"), filepath.Join(dir, "conf", "araldo.yaml")
	must(t, os.Mkdir(filepath.Dir(target), 0o700))
	must(t, os.Mkdir(filepath.Dir(path), 0o700))
	put(t, target, "first")
	must(t, os.Symlink("../real/it.yaml", path))
	w := start(t, path)
	w.awaitReady()
	put(t, target, "second")
	w.expect("second")
	replace(t, target, "third")
	w.expect("third")
	put(t, filepath.Join(dir, "other.yaml"), "fourth")
	link(t, filepath.Join(dir, "other.yaml"), path)
	w.expect("fourth")
}

func TestAFileOfWhichTheFirstOnlySpeaksIsWatched(t *testing.T) {
	dir := t.TempDir()
	path, secret := filepath.Join(dir, "araldo.yaml"), filepath.Join(dir, "secrets", "password")
	put(t, path, "first")
	w := start(t, path, secret) // not there yet
	w.awaitReady()
	must(t, os.Mkdir(filepath.Dir(secret), 0o700))
	put(t, secret, "hush")
	w.expect("first")
	w.awaitReady()
	replace(t, secret, "hush again")
	w.expect("first")
	w.awaitReady()
	must(t, os.Chmod(secret, 0o644))
	w.expect("first")
}

func TestTheFolderOfAMissingFileMayGoAndComeAgain(t *testing.T) {
	for name, remove := range map[string]func(folder string) error{
		"deleted":    os.Remove,
		"moved away": func(folder string) error { return os.Rename(folder, folder+"~") },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "conf", "araldo.yaml")
			must(t, os.Mkdir(filepath.Dir(path), 0o700))
			w := start(t, path)
			w.awaitReady()
			must(t, remove(filepath.Dir(path)))
			w.awaitReady()
			must(t, os.Mkdir(filepath.Dir(path), 0o700))
			put(t, path, "there")
			w.expect("there")
		})
	}
}

func TestTheSameContentIsNoChange(t *testing.T) {
	path := filepath.Join(t.TempDir(), "araldo.yaml")
	put(t, path, "the same")
	w := start(t, path)
	w.awaitReady()
	for _, write := range []func(*testing.T, string, string){put, replace} {
		write(t, path, "the same")
		w.awaitReady() // it was looked at, and nothing told
	}
	put(t, path, "")
	w.awaitReady()
	put(t, path, "another")
	w.expect("another")
}

func TestWhatHappensDuringACallIsToldByTheNext(t *testing.T) {
	path := filepath.Join(t.TempDir(), "araldo.yaml")
	put(t, path, "first")
	calls := make(chan string)
	ctx, cancel := context.WithCancel(t.Context())
	watcher, done := New(slog.New(slog.DiscardHandler), path), make(chan struct{})
	watcher.lookEvery = 24 * time.Hour
	put(t, path, "second") // after New, before Run
	go func() {
		defer close(done)
		watcher.Run(ctx, func(context.Context) []string {
			text, err := os.ReadFile(path)
			if err == nil && string(text) == "second" {
				err = os.WriteFile(path, []byte("third"), 0o600)
			}
			if err != nil {
				t.Error(err)
			}
			calls <- string(text)
			return []string{path}
		})
	}()
	for _, want := range []string{"second", "third"} {
		select {
		case got := <-calls:
			if got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		case <-time.After(patience):
			t.Fatalf("%q was not told", want)
		}
	}
	cancel()
	<-done
}

func TestFilesAreLookedAtWhereNothingIsTold(t *testing.T) {
	path := filepath.Join(t.TempDir(), "araldo.yaml")
	put(t, path, "first")
	watcher := New(slog.New(slog.DiscardHandler), path)
	watcher.lookEvery = time.Millisecond
	put(t, path, "second")
	way := newWay(nil) // as if no folder could be watched
	watcher.wait(t.Context(), nil, way)
	if !watcher.look() || watcher.look() {
		t.Error("the change was not found, or found twice")
	}
}
