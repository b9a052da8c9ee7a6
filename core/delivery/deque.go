package delivery

import "slices"

// deque is a list that grows at its end and shrinks at its front, without allocation once it has its size.
type deque[T any] struct {
	items []T // items[:head] are zero
	head  int
}

func (d *deque[T]) len() int { return len(d.items) - d.head }

// at is valid until the next change.
func (d *deque[T]) at(i int) *T { return &d.items[d.head+i] }

func (d *deque[T]) pushBack(v T) {
	if len(d.items) == cap(d.items) && d.head > len(d.items)/2 {
		n := copy(d.items, d.items[d.head:])
		clear(d.items[n:])
		d.items, d.head = d.items[:n], 0
	}
	d.items = append(d.items, v)
}

func (d *deque[T]) popFront() T {
	v := *d.at(0)
	d.remove(0, 1)
	return v
}

// insert puts v before item i.
func (d *deque[T]) insert(i int, v T) {
	if d.head == 0 {
		d.items = slices.Insert(d.items, i, v)
		return
	}
	d.head--
	copy(d.items[d.head:], d.items[d.head+1:d.head+1+i])
	*d.at(i) = v
}

// remove takes the items from i up to j out.
func (d *deque[T]) remove(i, j int) {
	if i > 0 {
		d.items = slices.Delete(d.items, d.head+i, d.head+j)
		return
	}
	clear(d.items[d.head : d.head+j])
	if d.head += j; d.head == len(d.items) {
		d.items, d.head = d.items[:0], 0
	}
}
