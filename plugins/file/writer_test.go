package file

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/file/record"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

func TestMessagesAreReadBackAsTheyWere(t *testing.T) {
	w := writeTo(t, config{Path: t.TempDir()})
	h := &sdk.Header{ContentType: "text/plain", Attributes: sdk.NewAttributes(sdk.Attribute{Name: "conn", Value: "ws-1.2"})}
	sent := []sdk.Message{
		{ID: sdk.ID{15: 1}, Source: "a", Time: 1, Header: h, Payload: []byte("text")},
		{ID: sdk.ID{15: 2}, Source: "b", Time: 2, Header: h, Payload: []byte{0xff, '\n'}},
		{ID: sdk.ID{15: 3}, Source: "a", Time: 3, Payload: []byte{}},
	}
	if err := w.Send(context.Background(), sent); err != nil {
		t.Fatal(err)
	}
	var got []sdk.Message
	for e, err := range record.Read(w.folder, record.Position{}) {
		if err != nil || e.Err != nil {
			t.Fatal(err, e.Err)
		}
		got = append(got, e.Message)
	}
	if !reflect.DeepEqual(got, sent) {
		t.Errorf("got %+v, want %+v", got, sent)
	}
	for path, want := range map[string]fs.FileMode{record.Path(w.folder, 1): 0o600, w.folder: fs.ModeDir | 0o755} {
		if info, err := os.Stat(path); err != nil || info.Mode()&^want != 0 {
			t.Errorf("%s has mode %v, %v", path, info.Mode(), err)
		}
	}
}

func TestSegmentsEndAtTheirSize(t *testing.T) {
	w := writeTo(t, config{Path: t.TempDir(), SegmentSize: 4 << 10})
	var want []string
	for i := range 20 {
		batch := []string{fmt.Sprint(i, strings.Repeat("x", 900)), fmt.Sprint(i, "y"), fmt.Sprint(i, strings.Repeat("z", 900))}
		w.send(t, batch...)
		want = append(want, batch...)
	}
	large := strings.Repeat("l", 10<<10) // larger than a segment
	w.send(t, "before", large, "after")
	same(t, payloads(t, w.folder), append(want, "before", large, "after")...)
	segments, err := record.Segments(w.folder)
	if err != nil || len(segments) < 10 {
		t.Fatalf("%d segments, %v", len(segments), err)
	}
	sum := int64(0)
	for i, s := range segments {
		sum += s.Size
		if s.Number != uint64(i+1) || s.Size > 4<<10 && s.Size < 10<<10 {
			t.Errorf("segment %d of %d bytes stands at %d", s.Number, s.Size, i+1)
		}
	}
	if f := w.figures(); f["written"] != 63 || f["size"] != sum || f["written-bytes"] != sum {
		t.Errorf("figures %v, %d bytes are there", f, sum)
	}
}

// counting lets writes, syncs and truncations be counted and fail.
type counting struct {
	*os.File
	c *counts
}

type counts struct {
	writes, syncs    int
	room             int // bytes that still fit; negative: no bound
	syncing, cutting error
}

func (f counting) Write(p []byte) (int, error) {
	f.c.writes++
	if f.c.room < 0 || len(p) <= f.c.room {
		return f.File.Write(p)
	}
	n, err := f.File.Write(p[:f.c.room])
	f.c.room -= n
	return n, errors.Join(err, syscall.ENOSPC)
}

func (f counting) Sync() error { f.c.syncs++; return errors.Join(f.c.syncing, f.File.Sync()) }

func (f counting) Truncate(size int64) error {
	if f.c.cutting != nil {
		return f.c.cutting
	}
	f.c.room += 1 // cut off: some room again, not enough for a line
	return f.File.Truncate(size)
}

// counted opens a writer whose files count.
func counted(t *testing.T, c config) (*subject, *counts) {
	t.Helper()
	w := writeTo(t, c)
	n := &counts{room: -1}
	writer := w.sink.writer
	writer.close()
	writer.create = func(path string, fresh bool) (segmentFile, error) {
		file, err := createFile(path, fresh)
		if err != nil {
			return nil, err
		}
		return counting{file.(*os.File), n}, nil
	}
	return w, n
}

func TestOneBatchIsOneWrite(t *testing.T) {
	for _, sync := range []string{"none", syncWrite} {
		w, n := counted(t, config{Path: t.TempDir(), Sync: sync})
		w.send(t, strings.Split(strings.Repeat("x", 1000), "")...)
		w.send(t, "y")
		if n.writes != 2 || n.syncs != map[string]int{"none": 0, syncWrite: 2}[sync] {
			t.Errorf("sync %s: %d writes, %d syncs", sync, n.writes, n.syncs)
		}
	}
}

// split returns a Send's error: how many messages were confirmed before its one run of failures, and their failure.
func split(t *testing.T, err error) (confirmed, count int, f *sdk.Failure) {
	t.Helper()
	var partly *sdk.SendError
	if !errors.As(err, &partly) || len(partly.Exceptions) != 1 {
		t.Fatalf("Send ended with %+v", err)
	}
	x := partly.Exceptions[0]
	return x.Index, x.Count, x.Failure
}

// fault: F8
func TestFullDiskConfirmsWholeRecordsOnly(t *testing.T) {
	w, n := counted(t, config{Path: t.TempDir()})
	w.send(t, "first")
	n.room = len(line("a")) + 5
	confirmed, count, f := split(t, w.Send(context.Background(), messagesOf("a", "b", "c")))
	if confirmed != 1 || count != 2 || f.Class != core.FailureRetryable || f.Scope != core.ScopeEndpoint ||
		f.Attempted != core.AttemptedNo || !strings.Contains(f.Detail, "no space left") {
		t.Errorf("%d confirmed, %d failed with %+v", confirmed, count, f)
	}
	same(t, payloads(t, w.folder), "first", "a")
	if cause := w.expect(t, core.EventDegraded).Cause; !strings.Contains(cause, "no space left") {
		t.Errorf("cause %q", cause)
	}
	for range 3 {
		if confirmed, _, _ := split(t, w.Send(context.Background(), messagesOf("b", "c"))); confirmed != 0 {
			t.Errorf("%d confirmed", confirmed)
		}
	}
	n.room = -1
	w.send(t, "b", "c")
	w.expect(t, core.EventRecovered)
	same(t, payloads(t, w.folder), "first", "a", "b", "c")
	text, err := os.ReadFile(record.Path(w.folder, 1))
	if f := w.figures(); err != nil || f["written"] != 4 || f["size"] != int64(len(text)) || f["written-bytes"] != int64(len(text)) {
		t.Errorf("figures %v, %d bytes are there", f, len(text))
	}
	if strings.Count(w.log.text(), "level=WARN") != 1 {
		t.Errorf("log: %s", w.log.text())
	}
}

// fault: F8
func TestHalfARecordThatCantBeCutOffIsRepaired(t *testing.T) {
	w, n := counted(t, config{Path: t.TempDir()})
	n.room, n.cutting = len(line("a"))+5, syscall.EIO
	confirmed, _, f := split(t, w.Send(context.Background(), messagesOf("a", "b")))
	if confirmed != 1 || f.Attempted != core.AttemptedUnknown {
		t.Errorf("%d confirmed, failure %+v", confirmed, f)
	}
	n.room, n.cutting = -1, nil
	w.send(t, "b")
	same(t, payloads(t, w.folder), "a", "b")
	if f := w.figures(); f["repaired"] != 1 || f["written"] != 2 {
		t.Errorf("figures %v", f)
	}
}

// fault: F3
func TestFailedSyncConfirmsNothing(t *testing.T) {
	w, n := counted(t, config{Path: t.TempDir(), Sync: syncWrite})
	n.syncing = syscall.EIO
	confirmed, count, f := split(t, w.Send(context.Background(), messagesOf("a", "b")))
	if confirmed != 0 || count != 2 || f.Attempted != core.AttemptedUnknown || f.Class != core.FailureRetryable {
		t.Errorf("%d confirmed, %d failed with %+v", confirmed, count, f)
	}
	n.syncing = nil
	w.send(t, "a", "b")
	if f := w.figures(); f["written"] != 2 {
		t.Errorf("figures %v", f)
	}
}

// fault: F9
func TestTornLastLineIsRepairedAtTheNextOpening(t *testing.T) {
	for torn, want := range map[string][]string{
		``:                                  {"whole"},
		`{"payload":"half`:                  {"whole"},
		strings.Repeat("\x00", 200_000):     {"whole"},
		`{"payload":"missing its newline"}`: {"whole", "missing its newline"},
	} {
		folder := t.TempDir()
		appendTo(t, folder, 3, line("whole")+torn)
		w := writeTo(t, config{Path: folder})
		w.send(t, "new")
		same(t, payloads(t, folder), append(want, "new")...)
		if n := w.figures()["repaired"]; n != min(1, int64(len(torn))) {
			t.Errorf("%.40q: repaired %d", torn, n)
		}
		w.close()
	}
	folder := t.TempDir()
	appendTo(t, folder, 1, "no line at all")
	w := writeTo(t, config{Path: folder})
	w.send(t, "new")
	same(t, payloads(t, folder), "new")
}

func TestOldestRecordsMakeRoom(t *testing.T) {
	w := writeTo(t, config{Path: t.TempDir(), SegmentSize: 4 << 10, MaxSize: 8 << 10})
	const n = 100
	for i := range n {
		w.send(t, fmt.Sprint(i, " ", strings.Repeat("x", 500)))
	}
	left := payloads(t, w.folder)
	for i, payload := range left {
		if want := fmt.Sprint(n-len(left)+i, " "); !strings.HasPrefix(payload, want) {
			t.Fatalf("record %d of %d is %.10s, must be %s", i, len(left), payload, want)
		}
	}
	f := w.figures()
	if f["removed"] != int64(n-len(left)) || f["removed"] == 0 || f["removed-files"] == 0 || f["size"] > 8<<10 || f["written"] != n {
		t.Errorf("figures %v with %d left", f, len(left))
	}
	w.send(t, strings.Repeat("l", 7<<10))
	if left := payloads(t, w.folder); len(left) != 1 || w.figures()["removed"] != n {
		t.Errorf("%d records beside one that needs all room, figures %v", len(left), w.figures())
	}
	messages := messagesOf("a", strings.Repeat("l", 9<<10), "b")
	if at, count, failure := split(t, w.Send(context.Background(), messages)); at != 1 || count != 1 ||
		failure.Class != core.FailureTooLarge || failure.Scope != core.ScopeMessage {
		t.Errorf("message %d+%d failed with %+v", at, count, failure)
	}
	if left := payloads(t, w.folder); fmt.Sprint(left[len(left)-2:]) != "[a b]" {
		t.Errorf("what stood beside a message too large: %.100q", left)
	}
}

func TestFullFolderMayRefuse(t *testing.T) {
	w := writeTo(t, config{Path: t.TempDir(), SegmentSize: 4 << 10, MaxSize: 8 << 10, WhenFull: fullRefuse})
	sent := 0
	var f *sdk.Failure
	for ; f == nil && sent < 100; sent++ {
		if err := w.Send(context.Background(), messagesOf(strings.Repeat("x", 1000))); err != nil {
			_, _, f = split(t, err)
		}
	}
	if f == nil || f.Class != core.FailureRetryable || f.Scope != core.ScopeEndpoint || f.Attempted != core.AttemptedNo {
		t.Fatalf("after %d messages: %+v", sent, f)
	}
	w.expect(t, core.EventDegraded)
	if got := len(payloads(t, w.folder)); got != sent-1 || got != 8 {
		t.Errorf("%d records, %d were sent", got, sent)
	}
	if err := os.Remove(record.Path(w.folder, 1)); err != nil {
		t.Fatal(err)
	}
	w.send(t, "there is room again")
	w.expect(t, core.EventRecovered)
}

// fault: B20
func TestFolderHasOneWriter(t *testing.T) {
	folder := t.TempDir()
	first := writeTo(t, config{Path: folder})
	alias := filepath.Join(t.TempDir(), "alias")
	if err := os.Symlink(folder, alias); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{folder, alias} {
		_, err := open(context.Background(), sdk.Instance{Outbound: true}, config{Path: path})
		if err == nil || !strings.Contains(err.Error(), "another endpoint or hub") {
			t.Errorf("a second writer at %s: %v", path, err)
		}
	}
	first.send(t, "a")
	first.close()
	writeTo(t, config{Path: folder}).send(t, "b")
	same(t, payloads(t, folder), "a", "b")
}

func TestWhatIsRemovedFromOutsideIsMadeAnew(t *testing.T) {
	w := writeTo(t, config{Path: filepath.Join(t.TempDir(), "a", "b")})
	w.send(t, "gone")
	if err := os.Remove(record.Path(w.folder, 1)); err != nil {
		t.Fatal(err)
	}
	w.send(t, "in another segment")
	if err := os.RemoveAll(filepath.Dir(w.folder)); err != nil {
		t.Fatal(err)
	}
	w.send(t, "in another folder")
	same(t, payloads(t, w.folder), "in another folder")
	if _, err := os.Stat(record.Path(w.folder, 3)); err != nil {
		t.Errorf("numbers were used again: %v", err)
	}
}

func TestFolderThatCantBeMadeIsNoCrash(t *testing.T) {
	parent := t.TempDir()
	w := writeTo(t, config{Path: filepath.Join(parent, "folder")})
	if err := os.RemoveAll(w.folder); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(w.folder, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	confirmed, _, f := split(t, w.Send(context.Background(), messagesOf("a")))
	if confirmed != 0 || f.Class != core.FailureRetryable || f.Attempted != core.AttemptedNo {
		t.Errorf("%d confirmed, failure %+v", confirmed, f)
	}
	if err := os.Remove(w.folder); err != nil {
		t.Fatal(err)
	}
	w.send(t, "a")
	same(t, payloads(t, w.folder), "a")
}

// fault: B13
func TestMessageThatCantBeARecordFailsAlone(t *testing.T) {
	w := writeTo(t, config{Path: t.TempDir()})
	messages := messagesOf("a", "b", "c")
	messages[1].Header = &sdk.Header{Attributes: sdk.Attributes{{Name: "a", Value: "\r\n"}}}
	at, count, f := split(t, w.Send(context.Background(), messages))
	if at != 1 || count != 1 || f.Class != core.FailurePermanent || f.Scope != core.ScopeMessage {
		t.Errorf("message %d+%d failed with %+v", at, count, f)
	}
	same(t, payloads(t, w.folder), "a", "c")
}

func TestWaitingForTheTurnHonoursItsContext(t *testing.T) {
	w := writeTo(t, config{Path: t.TempDir()})
	<-w.sink.turn
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var f *sdk.Failure
	if err := w.Send(ctx, messagesOf("a")); !errors.As(err, &f) || f.Attempted != core.AttemptedNo {
		t.Errorf("Send ended with %v", err)
	}
	if err := w.Close(ctx, sdk.CloseShutdown); !errors.Is(err, context.Canceled) {
		t.Errorf("Close ended with %v", err)
	}
	w.sink.turn <- struct{}{}
}
