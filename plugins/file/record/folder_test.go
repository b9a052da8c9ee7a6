package record_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/araldo-relay/araldo/plugins/file/record"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestFoldersAreReadInOrder(t *testing.T) {
	folder := t.TempDir()
	line := func(payload string) string { return fmt.Sprintf("{\"payload\":%q}\n", payload) }
	write(t, record.Path(folder, 10), line("c")+"bad\n"+line("d")+`{"payload":"torn`)
	write(t, record.Path(folder, 9), line("a")+line("b"))
	write(t, filepath.Join(folder, "000000000000.jsonl"), line("zero is no segment"))
	write(t, filepath.Join(folder, "11.jsonl"), line("a foreign file"))
	write(t, filepath.Join(folder, "000000000011.jsonl.old"), line("another"))
	if err := os.Symlink(record.Path(folder, 9), record.Path(folder, 11)); err != nil {
		t.Fatal(err)
	}
	segments, err := record.Segments(folder)
	if fmt.Sprint(segments) != "[{9 32} {10 52}]" || err != nil {
		t.Errorf("segments %v, %v", segments, err)
	}
	for from, want := range map[record.Position]string{
		{}:                       "9:0 a, 9:16 b, 10:0 c, 10:16 bad, 10:20 d",
		{Segment: 9, Offset: 16}: "9:16 b, 10:0 c, 10:16 bad, 10:20 d",
		{Segment: 10}:            "10:0 c, 10:16 bad, 10:20 d",
		{Segment: 11}:            "",
	} {
		var got []string
		for e, err := range record.Read(folder, from) {
			if err != nil {
				t.Fatal(err)
			}
			text := string(e.Message.Payload)
			if e.Err != nil {
				text = "bad"
			}
			got = append(got, e.Position.String()+" "+text)
		}
		if list := strings.Join(got, ", "); list != want {
			t.Errorf("from %v: %s, must be %s", from, list, want)
		}
	}
	for range record.Read(folder, record.Position{}) {
		break
	}
	for _, err := range record.Read(filepath.Join(folder, "none"), record.Position{}) {
		if !errors.Is(err, os.ErrNotExist) {
			t.Errorf("no folder: %v", err)
		}
	}
}

// growing is a file in memory.
type growing struct{ text string }

func (g *growing) ReadAt(p []byte, offset int64) (int, error) {
	if offset >= int64(len(g.text)) {
		return 0, io.EOF
	}
	n := copy(p, g.text[offset:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func TestLinesFollowAFileThatGrows(t *testing.T) {
	g := &growing{text: "first\nsec"}
	lines := record.NewLines(g, 0)
	next := func(want string, wantAt int64, wantErr error) {
		t.Helper()
		line, at, err := lines.Next()
		if string(line) != want || at != wantAt || !errors.Is(err, wantErr) {
			t.Fatalf("%.20q at %d, %v; must be %.20q at %d, %v", line, at, err, want, wantAt, wantErr)
		}
	}
	next("first", 0, nil)
	next("", 6, io.EOF)
	if !lines.Partial() || lines.Offset() != 6 {
		t.Errorf("offset %d", lines.Offset())
	}
	g.text += "ond\n\nx"
	next("second", 6, nil)
	next("", 13, nil)
	next("", 14, io.EOF)
	g.text += strings.Repeat("x", record.MaxLine-1)
	next("", 14, io.EOF)
	g.text += "\n" + strings.Repeat("y", record.MaxLine+1)
	next("x"+strings.Repeat("x", record.MaxLine-1), 14, nil)
	long := int64(15 + record.MaxLine)
	next("", long, io.EOF)
	g.text += strings.Repeat("y", 3*record.MaxLine)
	next("", long, io.EOF)
	g.text += "\nlast\n"
	next("", long, record.ErrTooLong)
	next("last", int64(len(g.text)-5), nil)
	next("", int64(len(g.text)), io.EOF)
	if lines.Partial() {
		t.Error("something is left")
	}
}
