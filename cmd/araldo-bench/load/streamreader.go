package load

import (
	"bytes"
	"fmt"
	"strings"
)

// streamCount is how many entries are asked for at once.
const streamCount = 1000

// readStream makes the receiver read a stream from its present end on: it asks again for what comes after the last entry
// that it got, so it needs no group.
func (r *Receiver) readStream(key string) error {
	bodies, last := afterWord("body", 1), "$"
	if err := r.askStream(key, "0-0"); err != nil {
		return err
	}
	// The stream is new for each run, so reading begins at its beginning.
	last = "0-0"
	r.split = func(data []byte, emit func([]byte)) (int, error) {
		size, id := wholeReply(data)
		if size == 0 {
			return 0, nil
		}
		if id != "" {
			last = id
		}
		if _, err := bodies(data[:size], emit); err != nil {
			return size, err
		}
		return size, r.askStream(key, last)
	}
	return nil
}

func (r *Receiver) askStream(key, after string) error {
	words := []string{"XREAD", "COUNT", fmt.Sprint(streamCount), "BLOCK", "1000", "STREAMS", key, after}
	text := fmt.Sprintf("*%d\r\n", len(words))
	for _, w := range words {
		text += fmt.Sprintf("$%d\r\n%s\r\n", len(w), w)
	}
	_, err := r.conn.Write([]byte(text))
	return err
}

// wholeReply measures one RESP reply and finds the last entry's id in it. size is 0 where it is not whole yet.
func wholeReply(data []byte) (size int, last string) {
	for open := 1; open > 0; open-- {
		end := bytes.IndexByte(data[size:], '\n')
		if end < 1 {
			return 0, ""
		}
		line := data[size:][:end-1]
		if line[0] == '*' {
			n := 0
			_, _ = fmt.Sscan(string(line[1:]), &n)
			open += max(n, 0)
		}
		bulk, used, err := nextToken(data[size:])
		if used == 0 && err == nil {
			return 0, ""
		}
		if err != nil {
			return size + end + 1, ""
		}
		if looksLikeID(bulk) {
			last = string(bulk)
		}
		size += used
	}
	return size, last
}

// looksLikeID tells an entry's id, such as 1526919030474-55, from messages, which begin with their stamp and have no dash.
func looksLikeID(bulk []byte) bool {
	if len(bulk) > 40 || bytes.IndexByte(bulk, '-') < 0 {
		return false
	}
	return strings.Trim(string(bulk), "0123456789-") == ""
}
