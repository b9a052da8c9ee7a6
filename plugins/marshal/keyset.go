package marshal

import (
	"bytes"
	"errors"
)

var errTwice = errors.New("a key that stands twice in its object")

// keySet finds keys that stand twice in one object. Their bytes must not change while it is in use.
type keySet struct {
	few  [16][]byte
	size int
	// many holds all keys once they are more than few.
	many map[string]struct{}
}

// add adds a key, or says that it was there.
func (s *keySet) add(key []byte) error {
	if s.size < len(s.few) {
		for _, k := range s.few[:s.size] {
			if bytes.Equal(k, key) {
				return errTwice
			}
		}
		s.few[s.size] = key
		s.size++
		return nil
	}
	if s.many == nil {
		s.many = make(map[string]struct{}, 2*len(s.few))
		for _, k := range s.few {
			s.many[string(k)] = struct{}{}
		}
	}
	if _, found := s.many[string(key)]; found {
		return errTwice
	}
	s.many[string(key)] = struct{}{}
	s.size++
	return nil
}
