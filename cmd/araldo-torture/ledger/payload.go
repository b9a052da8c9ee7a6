package ledger

import (
	"bytes"
	"fmt"
	"strconv"
)

// letters are what payloads are made of: printable, so that they pass as text too.
const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_"

// headSize is the length of a payload's beginning, bytes; MinSize is the least that a payload may have.
const (
	headSize = 16 + 1 + 16 + 1
	MinSize  = headSize + 6
)

// poisonEvery is how many messages there are, on average, for one that no outlet can take.
const poisonEvery = 500

// mix is the finaliser of splitmix64 (Steele, Lea and Flood 2014): its values for successive x look random.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// Poison reports whether message n is one that the outlet must refuse, so that it belongs into the dead letter.
func (l *Ledger) Poison(n uint64) bool { return mix(l.seed^mix(n))%poisonEvery == 0 }

// Payload is that of message n: the seed, the number, and letters that follow from both.
func (l *Ledger) Payload(n uint64) []byte {
	p := make([]byte, 0, l.size+10)
	p = fmt.Appendf(p, "%016x %016x ", l.seed, n)
	for state := mix(l.seed) ^ n; len(p) < l.size; {
		state = mix(state)
		for bits := state; bits != 0; bits >>= 6 {
			p = append(p, letters[bits&63])
		}
	}
	return p[:l.size]
}

// number reads message and seed of a payload. It reports false for what none of our payloads begins with.
func (l *Ledger) number(payload []byte) (uint64, bool) {
	if len(payload) < headSize || payload[16] != ' ' || payload[33] != ' ' {
		return 0, false
	}
	seed, err := strconv.ParseUint(string(payload[:16]), 16, 64)
	if err != nil || seed != l.seed {
		return 0, false
	}
	n, err := strconv.ParseUint(string(payload[17:33]), 16, 64)
	return n, err == nil
}

// genuine reports whether a payload is the one of message n.
func (l *Ledger) genuine(n uint64, payload []byte) bool { return bytes.Equal(payload, l.Payload(n)) }
