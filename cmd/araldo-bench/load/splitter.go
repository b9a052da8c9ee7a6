package load

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
)

// splitter finds messages in what a place sends. It is given all bytes that were read and not yet used; it calls emit for
// each whole message and returns how many bytes are used up.
type splitter func(data []byte, emit func(message []byte)) (used int, err error)

var errClosed = errors.New("the relay closed the connection")

// splitWebSocket reads a server's frames (RFC 6455, section 5.2). Fragments are not joined: the relays under measurement send
// whole messages. pong answers pings.
func splitWebSocket(pong func(payload []byte) error, whole splitter) splitter {
	return func(data []byte, emit func([]byte)) (used int, err error) {
		for {
			op, payload, size := nextFrame(data[used:])
			if size == 0 {
				return used, nil
			}
			used += size
			switch op {
			case opText, opBinary, 0:
				_, err = whole(payload, emit)
			case opPing:
				err = pong(payload)
			case opClose:
				err = closeError(payload)
			}
			if err != nil {
				return used, err
			}
		}
	}
}

// nextFrame returns a frame's payload and its size in all, 0 where it is not whole yet.
func nextFrame(data []byte) (op byte, payload []byte, size int) {
	if len(data) < 2 {
		return 0, nil, 0
	}
	head, length := 2, int(data[1]&0x7f)
	switch {
	case length == 126 && len(data) >= 4:
		head, length = 4, int(binary.BigEndian.Uint16(data[2:]))
	case length == 127 && len(data) >= 10:
		head, length = 10, int(binary.BigEndian.Uint64(data[2:]))
	case length >= 126:
		return 0, nil, 0
	}
	if len(data) < head+length {
		return 0, nil, 0
	}
	return data[0] & 0xf, data[head : head+length], head + length
}

func closeError(payload []byte) error {
	if len(payload) < 2 {
		return errClosed
	}
	return fmt.Errorf("%w: %d %s", errClosed, binary.BigEndian.Uint16(payload), payload[2:])
}

// oneMessage takes a frame's payload as a message.
func oneMessage(payload []byte, emit func([]byte)) (int, error) {
	emit(payload)
	return len(payload), nil
}

// afterWord reads RESP and takes the bulk string that stands steps places after each one that says word: the message is
// the second after `message` of a subscription, the first after `body` in a stream's entries.
func afterWord(word string, steps int) splitter {
	wait := 0
	return func(data []byte, emit func([]byte)) (used int, err error) {
		for {
			bulk, size, err := nextToken(data[used:])
			if size == 0 || err != nil {
				return used, err
			}
			used += size
			switch {
			case bulk == nil:
			case wait == 1:
				emit(bulk)
				wait = 0
			case wait > 1:
				wait--
			case string(bulk) == word:
				wait = steps
			}
		}
	}
}

// nextToken reads one RESP token: a line, or a bulk string with its content. size is 0 where it is not whole yet.
func nextToken(data []byte) (bulk []byte, size int, err error) {
	end := bytes.IndexByte(data, '\n')
	if end < 1 {
		return nil, 0, nil
	}
	line := data[:end-1]
	switch {
	case line[0] == '-':
		return nil, 0, fmt.Errorf("answer of Redis: %s", line[1:])
	case line[0] != '$' || string(line) == "$-1":
		return nil, end + 1, nil
	}
	length, err := strconv.Atoi(string(line[1:]))
	if err != nil || len(data) < end+1+length+2 {
		return nil, 0, err
	}
	return data[end+1:][:length], end + 1 + length + 2, nil
}
