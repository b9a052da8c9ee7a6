package file

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/file/record"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

func TestReadingBeginsWhereConfigured(t *testing.T) {
	for from, want := range map[string][]string{fromStart: {"a", "b", "torn end", "new"}, "end": {"torn end", "new"}} {
		folder := t.TempDir()
		appendTo(t, folder, 1, line("a"))
		whole := line("torn end")
		appendTo(t, folder, 2, line("b")+whole[:10])
		r := readFrom(t, config{Path: folder, From: from})
		appendTo(t, folder, 2, whole[10:]+line("new"))
		same(t, texts(r.next(t, len(want))), want...)
		if n := r.figures()["bad-lines"]; n != 0 {
			t.Errorf("%d bad lines", n)
		}
	}
}

func TestReadingFollowsAWriterThroughItsSegments(t *testing.T) {
	folder := t.TempDir()
	r := readFrom(t, config{Path: folder})
	w := writeTo(t, config{Path: folder, SegmentSize: 4 << 10})
	const n = 500
	var want []string
	for i := range n {
		payload := fmt.Sprint(i, strings.Repeat("x", i%300))
		w.send(t, payload)
		want = append(want, payload)
	}
	same(t, texts(r.next(t, n)), want...)
	if f := r.figures(); f["read"] != n || f["gaps"] != 0 || f["bad-lines"] != 0 {
		t.Errorf("figures %v", f)
	}
}

func TestOneEndpointIsAQueue(t *testing.T) {
	q := start(t, config{Path: t.TempDir()}, sdk.Instance{Inbound: true, Outbound: true})
	q.send(t, "a", "b")
	q.receive(t, func(_ context.Context, messages []sdk.Message, _ ...string) error {
		q.batches <- messages
		return nil
	})
	q.send(t, "c")
	same(t, texts(q.next(t, 3)), "a", "b", "c")
}

// Receive is called again after a failure of its own, and goes on where it was.
func TestReadingGoesOnWhereItWas(t *testing.T) {
	folder := t.TempDir()
	r := start(t, config{Path: folder, From: fromStart}, sdk.Instance{Inbound: true})
	emit := func(_ context.Context, messages []sdk.Message, _ ...string) error {
		r.batches <- messages
		return nil
	}
	appendTo(t, folder, 1, line("a"))
	stop := r.receive(t, emit)
	same(t, texts(r.next(t, 1)), "a")
	stop()
	appendTo(t, folder, 1, line("b"))
	r.receive(t, emit)
	same(t, texts(r.next(t, 1)), "b")
}

// fault: B10
func TestBadLinesAreLeftOutAndCounted(t *testing.T) {
	folder := t.TempDir()
	appendTo(t, folder, 1, "no record\n"+line("a")+`{"payload":"secret-of-the-payload","id":7}`+"\n\n"+line("b")+`{"payload":"torn`)
	appendTo(t, folder, 2, strings.Repeat("x", record.MaxLine+1)+"\n"+line("c"))
	r := readFrom(t, config{Path: folder, From: fromStart})
	same(t, texts(r.next(t, 3)), "a", "b", "c")
	if n := r.figures()["bad-lines"]; n != 5 {
		t.Errorf("%d bad lines, 5 are there", n)
	}
	if log := r.log.text(); strings.Contains(log, "secret") || !strings.Contains(log, "position=1:0") {
		t.Errorf("log: %s", log)
	}
}

func TestSegmentsRemovedUnreadAreAGap(t *testing.T) {
	folder := t.TempDir()
	r := start(t, config{Path: folder, From: fromStart}, sdk.Instance{Inbound: true})
	holding, released := make(chan struct{}), make(chan struct{})
	appendTo(t, folder, 1, line("a"))
	r.receive(t, func(_ context.Context, messages []sdk.Message, _ ...string) error {
		if string(messages[0].Payload) == "a" {
			close(holding)
			<-released
		}
		r.batches <- messages
		return nil
	})
	<-holding
	for number := range uint64(3) {
		appendTo(t, folder, number+2, line(fmt.Sprint(number+2)))
	}
	for number := range uint64(3) {
		if err := os.Remove(record.Path(folder, number+1)); err != nil {
			t.Fatal(err)
		}
	}
	close(released)
	same(t, texts(r.next(t, 2)), "a", "4")
	r.expect(t, core.EventGap)
	if n := r.figures()["gaps"]; n != 1 {
		t.Errorf("%d gaps", n)
	}
}

func TestFilesThatAreCutOrBegunAnewAreFollowed(t *testing.T) {
	folder := t.TempDir()
	appendTo(t, folder, 7, line("long enough to be seen as cut")+line("b"))
	r := readFrom(t, config{Path: folder, From: fromStart})
	r.next(t, 2)
	if err := os.Truncate(record.Path(folder, 7), 0); err != nil {
		t.Fatal(err)
	}
	appendTo(t, folder, 7, line("c"))
	same(t, texts(r.next(t, 1)), "c")
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	appendTo(t, folder, 1, line("d"))
	same(t, texts(r.next(t, 1)), "d")
}

func TestWhatIsNotTakenWaitsInItsFile(t *testing.T) {
	folder := t.TempDir()
	r := start(t, config{Path: folder, From: fromStart}, sdk.Instance{Inbound: true})
	appendTo(t, folder, 1, strings.Repeat(line("x"), 10*batchMessages))
	asked, stop := make(chan int, 10), make(chan struct{})
	end := r.receive(t, func(ctx context.Context, messages []sdk.Message, _ ...string) error {
		asked <- len(messages)
		<-ctx.Done()
		close(stop)
		return ctx.Err()
	})
	if n := <-asked; n != batchMessages {
		t.Errorf("%d messages at once", n)
	}
	end()
	<-stop
	if n := r.figures()["read"]; n != batchMessages {
		t.Errorf("%d were read with nobody to take them", n)
	}
}

// fault: B14
func TestReservedAttributesOfRecords(t *testing.T) {
	text := `{"payload":"a","content-type":"x/y","attributes":{"conn":"c","hops":"3","id":"i","kind":"k","source":"s","time":"t","to":"all","user":"root","word":"w"}}` + "\n"
	for reserved, want := range map[string]string{"drop": "hops=3 to=all word=w", reservedKeep: "conn=c hops=3 kind=k to=all user=root word=w"} {
		folder := t.TempDir()
		appendTo(t, folder, 1, text+text+line("plain"))
		r := readFrom(t, config{Path: folder, From: fromStart, Reserved: reserved})
		got := r.next(t, 3)
		for _, m := range got[:2] {
			var list []string
			for _, a := range m.Header.Attributes {
				list = append(list, a.Name+"="+a.Value)
			}
			if have := strings.Join(list, " "); have != want || m.Header.ContentType != "x/y" {
				t.Errorf("%s: attributes %s, type %s; want %s", reserved, have, m.Header.ContentType, want)
			}
		}
		if got[0].Header != got[1].Header || got[2].Header != nil {
			t.Errorf("headers %p %p %p", got[0].Header, got[1].Header, got[2].Header)
		}
		if n := r.figures()["dropped-attributes"]; n != map[string]int64{"drop": 12, reservedKeep: 6}[reserved] {
			t.Errorf("%s: %d attributes dropped", reserved, n)
		}
	}
}

func TestIdsStayTheSame(t *testing.T) {
	folder := t.TempDir()
	appendTo(t, folder, 1, line("a")+line("b")+`{"id":"000000000000000000000000000000ff","time":"2026-01-31T12:00:00Z","payload":"c"}`+"\n")
	appendTo(t, folder, 2, line("a"))
	var seen [2][]sdk.Message
	for i := range seen {
		seen[i] = readFrom(t, config{Path: folder, From: fromStart}).next(t, 4)
	}
	ids := make(map[sdk.ID]bool)
	for i, m := range seen[0] {
		if m.ID != seen[1][i].ID || m.ID.IsZero() || m.Time == 0 {
			t.Errorf("message %d has ids %v and %v, time %d", i, m.ID, seen[1][i].ID, m.Time)
		}
		ids[m.ID] = true
	}
	if c := seen[0][2]; len(ids) != 4 || c.ID != (sdk.ID{15: 0xff}) || c.Time != 1769860800e9 {
		t.Errorf("%d different ids; the record's own is %v at %d", len(ids), c.ID, c.Time)
	}
}
