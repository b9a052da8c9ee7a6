package load

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
)

// natsHello says CONNECT and, where subject is given, subscribes.
// Source: https://docs.nats.io/reference/reference-protocols/nats-protocol
func natsHello(w io.Writer, subject string) error {
	text := `CONNECT {"verbose":false,"pedantic":false,"lang":"go","version":"1"}` + "\r\n"
	if subject != "" {
		text += "SUB " + subject + " 1\r\n"
	}
	text += "PING\r\n"
	_, err := w.Write(append(websocketHeader(opBinary, len(text)), text...))
	return err
}

// natsStream joins the frames of a connection and reads MSG from them; a server may cut its stream into frames anywhere.
func natsStream(pong func() error) splitter {
	var rest []byte
	return func(payload []byte, emit func([]byte)) (int, error) {
		rest = append(rest, payload...)
		used, err := splitNATS(rest, emit, pong)
		rest = append(rest[:0], rest[used:]...)
		return len(payload), err
	}
}

func splitNATS(data []byte, emit func([]byte), pong func() error) (used int, err error) {
	for {
		end := bytes.IndexByte(data[used:], '\n')
		if end < 0 {
			return used, nil
		}
		line := bytes.TrimRight(data[used:used+end], "\r")
		size := end + 1
		switch {
		case bytes.HasPrefix(line, []byte("MSG ")):
			length, err := strconv.Atoi(string(line[bytes.LastIndexByte(line, ' ')+1:]))
			if err != nil {
				return used, fmt.Errorf("NATS: %q", line)
			}
			if len(data) < used+size+length+2 {
				return used, nil
			}
			emit(data[used+size:][:length])
			size += length + 2
		case bytes.Equal(line, []byte("PING")):
			err = pong()
		case bytes.HasPrefix(line, []byte("-ERR")):
			err = fmt.Errorf("NATS answered %s", line)
		}
		used += size
		if err != nil {
			return used, err
		}
	}
}
