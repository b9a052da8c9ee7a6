package core

// Converter turns payloads into others: a source's bytes into canonical values, or those into a target's bytes.
type Converter interface {
	// Convert never blocks. done is called once, by another goroutine, after those of all earlier calls: with one message
	// for each, the same but for payload and header, and the faults of those that can't be turned, which are unchanged.
	// It must not block. While whoever converts is down or late nothing is called; that is what waiting looks like. When
	// the converter is closed, what it has not done is never called. messages must not change until done.
	Convert(messages []Message, done func(converted []Message, faults []Fault))
}

// FaultsWithin are those of the messages from index from up to to, with their indexes among those.
func FaultsWithin(faults []Fault, from, to int) []Fault {
	var within []Fault
	for _, f := range faults {
		if f.Index >= from && f.Index < to {
			f.Index -= from
			within = append(within, f)
		}
	}
	return within
}

// Fault says why one message of a batch can't be sent, now and for ever: it is poison where it was to go.
type Fault struct {
	// Index of the message in its batch.
	Index  int
	Reason Reason
	// Detail is one sentence for people with the path to the value at fault, never a payload or a secret.
	Detail string
}
