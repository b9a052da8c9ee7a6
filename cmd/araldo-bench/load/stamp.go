package load

import (
	"bytes"
	"time"
)

// A message has a stamp, at its beginning or in its field `stamp`, all in decimal digits so that it is valid text
// everywhere: two digits for the sender, twelve for its sequence number from 1 on, nineteen for the time when it was due,
// Unix nanoseconds (0 at saturation).
const (
	senderDigits   = 2
	sequenceDigits = 12
	timeDigits     = 19
	// LeastSize is the smallest message, in bytes.
	LeastSize = senderDigits + sequenceDigits + timeDigits
	// MostSenders is how many senders a stamp can tell apart.
	MostSenders = 100
)

// stamp is who sent a message, as which of its messages, and when it was due.
type stamp struct {
	sender   int
	sequence uint64
	due      int64
}

func (s stamp) write(to []byte) {
	digits(to[:senderDigits], uint64(s.sender))
	digits(to[senderDigits:][:sequenceDigits], s.sequence)
	digits(to[senderDigits+sequenceDigits:][:timeDigits], uint64(s.due))
}

// readStamp reports false where the message has no stamp: it is not one of ours, or was damaged.
func readStamp(message []byte) (stamp, bool) {
	if len(message) > 0 && !isDigit(message[0]) {
		message = stampIn(message)
	}
	if len(message) < LeastSize {
		return stamp{}, false
	}
	sender, ok1 := number(message[:senderDigits])
	sequence, ok2 := number(message[senderDigits:][:sequenceDigits])
	due, ok3 := number(message[senderDigits+sequenceDigits:][:timeDigits])
	return stamp{int(sender), sequence, int64(due)}, ok1 && ok2 && ok3
}

// stampIn finds the stamp of a document. Between the field's name and its digits stand a few bytes of the format, none of
// them a digit, in JSON, CBOR and MessagePack.
func stampIn(message []byte) []byte {
	const near, between = 16, 4
	at := bytes.Index(message[:min(near, len(message))], []byte(stampField))
	if at < 0 {
		return nil
	}
	rest := message[at+len(stampField):]
	for i := range min(between, len(rest)) {
		if isDigit(rest[i]) {
			return rest[i:]
		}
	}
	return nil
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func digits(to []byte, n uint64) {
	for i := len(to) - 1; i >= 0; i-- {
		to[i] = byte('0' + n%10)
		n /= 10
	}
}

func number(from []byte) (n uint64, ok bool) {
	for _, c := range from {
		if !isDigit(c) {
			return 0, false
		}
		n = n*10 + uint64(c-'0')
	}
	return n, true
}

// since is how long ago a message was due.
func (s stamp) since(now time.Time) time.Duration { return time.Duration(now.UnixNano() - s.due) }
