package marshal

import (
	"encoding/hex"
	"errors"
	"testing"

	"github.com/araldo-relay/araldo/plugins/sdk"
)

func TestCBORPassesUnchanged(t *testing.T) {
	for _, v := range vectors {
		item := unhex(t, v.cbor)
		if item == "" {
			continue
		}
		if got, err := decode(cborFormat{}, item); err != nil || got != item {
			t.Errorf("%x became %x, %v", item, got, err)
		}
		if err := judge.Wellformed([]byte(item)); err != nil {
			t.Errorf("%x: %v", item, err)
		}
	}
	m, err := cborFormat{}.Unmarshal(sdk.Message{Payload: []byte{1}, Header: textHeader})
	if err != nil || m.Header != nil {
		t.Errorf("decoded with %+v, %v, as if it were an envelope", m.Header, err)
	}
}

// fault: B11
func TestBadCBORIsAnError(t *testing.T) {
	for item, where := range map[string]string{
		"": "", "ff": "", "0101": "", "1c": "", "1f": "", "df": "", "19": "", "8301": "/1", "61ff": "", "7f61c3": "", "7f61c361bcff": "", "5f6161ff": "",
		"5f5f4101ffff": "", "a2616101616102": "/a", "a201010102": "/1", "bf6161ff": "/a", "bf616101": "/1", "a161618161ff": "/a/0", "a1818161ff01": "/0/0/0",
		"f818": "", "f8": "", "c001": "", "c0656e6f772e2e": "", "c16161": "", "c201": "", "c4820101ff": "", "c4830101": "", "c482f90000": "", "c482201c": "",
		"c482c2490100000000000000000101": "",
	} {
		err := checkCBOR([]byte(unhex(t, item)))
		var at *sdk.PathError
		if err == nil || errors.As(err, &at) && at.Path != where {
			t.Errorf("%s: %v at %v, must be at %q", item, err, at, where)
		}
	}
}

// What passes here is valid to another hand too, and no other format fails for its form.
func FuzzCBORByTwoHands(f *testing.F) {
	for _, v := range vectors {
		f.Add([]byte(unhex(f, v.cbor)))
	}
	for _, item := range packs {
		f.Add([]byte(unhex(f, item)))
	}
	f.Fuzz(func(t *testing.T, item []byte) {
		wellFormed := judge.Wellformed(item)
		err := checkCBOR(item)
		if err == nil && wellFormed != nil {
			t.Fatalf("%x passed, the other hand says %v", item, wellFormed)
		}
		for name, f := range map[string]sdk.Marshaller{"json": jsonFormat{bytesAsBase64: true}, "msgpack": packFormat{}, "text": textFormat{}} {
			out, failed := encode(f, string(item))
			if failed == nil && wellFormed != nil {
				t.Fatalf("%s made %q of %x, the other hand says %v", name, out, item, wellFormed)
			}
			if failed == nil && name != "text" {
				if _, err := decode(f, out); err != nil {
					t.Fatalf("%x became %s %x, which does not go back: %v", item, name, out, err)
				}
			}
			if errors.Is(failed, errShort) || errors.Is(failed, errReserved) {
				if err == nil {
					t.Fatalf("%s fails for the form of %s: %v", name, hex.EncodeToString(item), failed)
				}
			}
		}
	})
}
