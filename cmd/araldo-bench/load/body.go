package load

import (
	"bytes"
	"fmt"
)

// Body is what the messages of a run consist of: their stamp and padding.
type Body struct {
	// Size is bytes of a message.
	Size int
	// Document: a JSON object, for relays that convert or filter; else plain text.
	Document bool
}

// Parts of a document around the stamp and the padding. The stamp comes first: formats that keep the order of fields
// have it near the beginning too, as digits, whatever they write around it.
const (
	documentHead = `{"` + stampField + `":"`
	documentMid  = `","total":120,"open":true,"lines":[1,-2,"three"],"note":"`
	documentTail = `"}`
	stampField   = "stamp"
)

// Check reports a Size that can't hold what is in each message.
func (b Body) Check() error {
	if b.Size < b.least() {
		return fmt.Errorf("%d bytes: such messages have at least %d, for their stamp", b.Size, b.least())
	}
	return nil
}

func (b Body) least() int {
	if b.Document {
		return LeastSize + len(documentHead+documentMid+documentTail)
	}
	return LeastSize
}

// rest is what follows the stamp in a message; nil for documents, of which a relay may make others.
func (b Body) rest() []byte {
	if b.Document {
		return nil
	}
	return bytes.Repeat([]byte{'x'}, b.Size-b.least())
}

// lay lays out one message and says where its stamp goes.
func (b Body) lay() (message []byte, stampAt int) {
	padding := bytes.Repeat([]byte{'x'}, b.Size-b.least())
	stamp := bytes.Repeat([]byte{'0'}, LeastSize)
	if !b.Document {
		return append(stamp, padding...), 0
	}
	return bytes.Join([][]byte{[]byte(documentHead), stamp, []byte(documentMid), padding, []byte(documentTail)}, nil), len(documentHead)
}
