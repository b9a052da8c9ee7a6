package done

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/file/record"
)

// folderName is the folder of the marks, within that of the segments.
const folderName = "done"

// mark is a record that is dealt with. Its id tells it from one that stands at the same place in a segment that was
// begun anew under the same number.
type mark struct {
	offset int64
	id     core.ID
}

// Marks are the records of a folder that are dealt with, as they were when they were read.
type Marks map[uint64]map[mark]bool

// Read reads the marks of a folder of segments. Any process may, at any time.
func Read(folder string) (Marks, error) {
	segments, err := record.Segments(folder)
	if err != nil {
		return nil, err
	}
	marks := Marks{}
	for _, s := range segments {
		if marks[s.Number], err = readSegment(path(folder, s.Number)); err != nil {
			return nil, fmt.Errorf("read what is done: %w", err)
		}
	}
	return marks, nil
}

// Has reports whether a record is dealt with.
func (m Marks) Has(e *record.Entry) bool { return m[e.Position.Segment][markOf(e)] }

func markOf(e *record.Entry) mark { return mark{e.Position.Offset, e.Message.ID} }

// path names the file of a segment's marks.
func path(folder string, segment uint64) string {
	return filepath.Join(folder, folderName, fmt.Sprintf("%012d", segment))
}

// readSegment reads one file of marks: lines of an offset, a space and an id. A line that a crash has torn is none.
func readSegment(path string) (map[mark]bool, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	marks := map[mark]bool{}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		if m, whole := parse(lines.Text()); whole {
			marks[m] = true
		}
	}
	return marks, err
}

func parse(line string) (m mark, whole bool) {
	offset, id, _ := strings.Cut(line, " ")
	at, err := strconv.ParseInt(offset, 10, 64)
	if err != nil || len(id) != hex.EncodedLen(len(m.id)) {
		return mark{}, false
	}
	_, err = hex.Decode(m.id[:], []byte(id))
	m.offset = at
	return m, err == nil
}
