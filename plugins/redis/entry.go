package redis

// fate is what became of an entry on its way out of an answer.
type fate uint8

const (
	read      fate = iota // whole, with its body
	bodiless              // it has no field `body`
	oversized             // it is larger than a message may be
	deleted               // the stream does not have it any more
	unkept                // the answer was too large to be kept whole: it is to be asked for again
)

// entry is one entry of a stream. Its bytes stand in the reply that it came in.
type entry struct {
	position
	fate
	// text is where its id stands among the reply's texts, body where its body stands in the data, pairs which of the
	// pairs are its other fields.
	text, body, pairs span
}

// span is from its first to before its end.
type span struct{ from, to int }

// pair is a field's name and value, in the reply's data.
type pair struct{ name, value span }

// The fields that are no attributes.
const (
	bodyField = "body"
	idField   = "id"
)
