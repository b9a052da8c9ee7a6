package load

import "io"

// readSize is a buffer's size at first; it grows to hold the largest message.
const readSize = 64 << 10

// buffer holds what was read and not yet used.
type buffer struct {
	data []byte
	have int
}

// fill reads once; it blocks until something comes.
func (b *buffer) fill(in io.Reader) error {
	if b.have == len(b.data) {
		b.data = append(b.data, make([]byte, max(readSize, len(b.data)))...)
	}
	n, err := in.Read(b.data[b.have:])
	b.have += n
	return err
}

func (b *buffer) bytes() []byte { return b.data[:b.have] }

// drop takes away the first n bytes.
func (b *buffer) drop(n int) {
	if n > 0 {
		b.have = copy(b.data, b.data[n:b.have])
	}
}
