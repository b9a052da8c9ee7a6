package file

import (
	"bytes"
	"os"

	"github.com/araldo-relay/araldo/plugins/file/record"
)

// mend makes the last segment end with a newline and returns its size. A line that a crash has torn is cut off; one that
// lacks nothing but its newline gets it. Both are counted.
func (w *writer) mend(path string, size int64) (int64, error) {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return 0, err
	}
	defer func() { _ = file.Close() }()
	whole, err := wholeLines(file, size)
	if err != nil || whole == size {
		return size, err
	}
	w.repaired.Add(1)
	if wholeRecord(file, whole, size) {
		w.log.Warn("the last record had no newline and got one", "file", path)
		_, err := file.WriteAt([]byte{'\n'}, size)
		return size + 1, err
	}
	w.log.Warn("the last record is torn and was cut off", "file", path, "bytes", size-whole)
	return whole, file.Truncate(whole)
}

// wholeLines is where the last newline of the first size bytes ends.
func wholeLines(file *os.File, size int64) (int64, error) {
	buffer := make([]byte, 64<<10)
	for end := size; end > 0; {
		part := buffer[:min(end, int64(len(buffer)))]
		begin := end - int64(len(part))
		if _, err := file.ReadAt(part, begin); err != nil {
			return 0, err
		}
		if i := bytes.LastIndexByte(part, '\n'); i >= 0 {
			return begin + int64(i) + 1, nil
		}
		end = begin
	}
	return 0, nil
}

// wholeRecord reports whether the bytes from begin to end are one record.
func wholeRecord(file *os.File, begin, end int64) bool {
	if end-begin > record.MaxLine {
		return false
	}
	line := make([]byte, end-begin)
	if _, err := file.ReadAt(line, begin); err != nil {
		return false
	}
	_, err := new(record.Decoder).Decode(line)
	return err == nil
}
