package done_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/file/done"
	"github.com/araldo-relay/araldo/plugins/file/record"
)

// folder makes segments of so many records each, numbered from 1 on.
func folder(t *testing.T, sizes ...int) string {
	t.Helper()
	path := t.TempDir()
	n := uint64(0)
	for i, size := range sizes {
		begin(t, path, uint64(i+1), size, &n)
	}
	return path
}

func begin(t *testing.T, folder string, segment uint64, size int, n *uint64) {
	t.Helper()
	var lines []byte
	var encoder record.Encoder
	for range size {
		*n++
		var err error
		if lines, err = encoder.Append(lines, &core.Message{ID: core.ID{}.Add(*n), Payload: []byte("x")}); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(record.Path(folder, segment), lines, 0o600); err != nil {
		t.Fatal(err)
	}
}

func entries(t *testing.T, folder string) (list []record.Entry) {
	t.Helper()
	for entry, err := range record.Read(folder, record.Position{}) {
		if err != nil || entry.Err != nil {
			t.Fatal(err, entry.Err)
		}
		list = append(list, entry)
	}
	return list
}

// open is a writer until the test ends or close is called.
func open(t *testing.T, folder string) (w *done.Writer, closed func()) {
	t.Helper()
	w, err := done.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	return w, func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	}
}

// left are the last bytes of the ids of what is not done.
func left(t *testing.T, folder string) string {
	t.Helper()
	marks, err := done.Read(folder)
	if err != nil {
		t.Fatal(err)
	}
	var numbers []byte
	for _, entry := range entries(t, folder) {
		if !marks.Has(&entry) {
			numbers = append(numbers, entry.Message.ID[15])
		}
	}
	return fmt.Sprint(numbers)
}

func TestMarksAreKept(t *testing.T) {
	folder := folder(t, 3, 3)
	all := entries(t, folder)
	w, closed := open(t, folder)
	for _, few := range [][]record.Entry{{all[4], all[0]}, {all[0]}, {all[2]}} {
		if err := w.Mark(few); err != nil {
			t.Fatal(err)
		}
	}
	if !w.Has(&all[2]) || w.Has(&all[1]) {
		t.Error("the writer does not know its own marks")
	}
	closed()
	if got := left(t, folder); got != "[2 4 6]" {
		t.Errorf("left %s", got)
	}
	again, closed := open(t, folder)
	defer closed()
	if !again.Has(&all[4]) {
		t.Error("the next writer does not know the marks")
	}
}

// A crash can tear the last mark. Its record is not done then, and the next marks are whole.
func TestTornMarkIsNone(t *testing.T) {
	folder := folder(t, 4)
	all := entries(t, folder)
	w, closed := open(t, folder)
	if err := w.Mark(all[:2]); err != nil {
		t.Fatal(err)
	}
	closed()
	path := filepath.Join(folder, "done", "000000000001")
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, info.Size()-9); err != nil {
		t.Fatal(err)
	}
	if got := left(t, folder); got != "[2 3 4]" {
		t.Errorf("left %s", got)
	}
	w, closed = open(t, folder)
	defer closed()
	if err := w.Mark(all[2:3]); err != nil {
		t.Fatal(err)
	}
	if got := left(t, folder); got != "[2 4]" {
		t.Errorf("left %s", got)
	}
}

func TestOneMarksAtATime(t *testing.T) {
	folder := folder(t, 1)
	_, closed := open(t, folder)
	if _, err := done.Open(folder); !errors.Is(err, done.ErrHeld) {
		t.Errorf("%v", err)
	}
	closed()
	_, closed = open(t, folder)
	closed()
}

// Segments in which all is done make room; the last one may be grown by others at any time.
func TestSweepRemovesWhatIsDoneSaveTheLast(t *testing.T) {
	folder := folder(t, 2, 2, 2, 2)
	all := entries(t, folder)
	w, closed := open(t, folder)
	defer closed()
	if err := w.Mark(slices.Concat(all[:2], all[3:])); err != nil {
		t.Fatal(err)
	}
	removed, err := w.Sweep()
	if err != nil || removed != 2 {
		t.Errorf("%d removed, %v", removed, err)
	}
	if got := left(t, folder); got != "[3]" || len(entries(t, folder)) != 4 {
		t.Errorf("left %s", got)
	}
	if _, err := os.Stat(filepath.Join(folder, "done", "000000000001")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("marks of a segment that is gone: %v", err)
	}
}

// A line that is no record is nobody's to remove.
func TestSweepKeepsWhatItCanNotRead(t *testing.T) {
	folder := folder(t, 1, 1)
	all := entries(t, folder)
	file, err := os.OpenFile(record.Path(folder, 1), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteString("not JSON\n"); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	w, closed := open(t, folder)
	defer closed()
	if err := w.Mark(all); err != nil {
		t.Fatal(err)
	}
	if removed, err := w.Sweep(); err != nil || removed != 0 {
		t.Errorf("%d removed, %v", removed, err)
	}
}

// A segment that was begun anew under an old number has other records at the same places.
func TestMarksOfAnotherTimeAreNone(t *testing.T) {
	folder := folder(t, 1)
	w, closed := open(t, folder)
	if err := w.Mark(entries(t, folder)); err != nil {
		t.Fatal(err)
	}
	closed()
	n := uint64(6)
	begin(t, folder, 1, 1, &n)
	if got := left(t, folder); got != "[7]" {
		t.Errorf("left %s", got)
	}
}
