package marshal

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/araldo-relay/araldo/plugins/sdk"
)

// format is the marshalling under test, in memory and without a hub.
var format, lenient = jsonFormat{}, jsonFormat{bytesAsBase64: true}

// vectors are values in both forms; the CBOR is from RFC 8949, appendix A, where it has the value.
var vectors = []struct{ json, cbor string }{
	{`0`, "00"}, {`1`, "01"}, {`10`, "0a"}, {`23`, "17"}, {`24`, "1818"}, {`25`, "1819"}, {`100`, "1864"}, {`1000`, "1903e8"},
	{`1000000`, "1a000f4240"}, {`1000000000000`, "1b000000e8d4a51000"},
	{`18446744073709551615`, "1bffffffffffffffff"}, {`18446744073709551616`, "c249010000000000000000"},
	{`-18446744073709551616`, "3bffffffffffffffff"}, {`-18446744073709551617`, "c349010000000000000000"},
	{`-1`, "20"}, {`-10`, "29"}, {`-100`, "3863"}, {`-1000`, "3903e7"}, {`-9223372036854775808`, "3b7fffffffffffffff"},
	{`-0`, "fb8000000000000000"}, {`1.5`, "fb3ff8000000000000"}, {`1.0`, "fb3ff0000000000000"}, {`-0.5`, "fbbfe0000000000000"}, {`-12.34`, "c482213904d1"},
	{`999999999999999.5`, "fb430c6bf52633fffc"}, {`0.0`, "fb0000000000000000"},
	{`70000000000015616.0`, "c482201b09b6e64a8ec86200"}, {`1e300`, ""}, {`1e+22`, "fb4480f0cf064dd592"}, {`-4.125`, "fbc010800000000000"},
	{`273.15`, "c48221196ab3"}, {`0.1`, "c4822001"}, {`-0.001`, "c4822220"}, {`1.10`, "c48221186e"},
	{`1e400`, "c48219019001"}, {`0.0000000001`, ""},
	{`false`, "f4"}, {`true`, "f5"}, {`null`, "f6"},
	{`""`, "60"}, {`"a"`, "6161"}, {`"IETF"`, "6449455446"}, {`"\"\\"`, "62225c"}, {`"ü"`, "62c3bc"}, {`"水"`, "63e6b0b4"},
	{`"𐅑"`, "64f0908591"}, {`"\n\u0000\u001f"`, "630a001f"},
	{`[]`, "80"}, {`[1,2,3]`, "83010203"}, {`[1,[2,3],[4,5]]`, "8301820203820405"},
	{`[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25]`,
		"98190102030405060708090a0b0c0d0e0f101112131415161718181819"},
	{`{}`, "a0"}, {`{"a":1,"b":[2,3]}`, "a26161016162820203"}, {`["a",{"b":"c"}]`, "826161a161626163"},
	{`{"b":1,"a":2}`, ""},
}

func unmarshal(text string) ([]byte, error) {
	m, err := format.Unmarshal(sdk.Message{Payload: []byte(text)})
	return m.Payload, err
}

func toJSON(f sdk.Marshaller, cbor []byte) (string, error) {
	m, err := f.Marshal(sdk.Message{Payload: cbor})
	return string(m.Payload), err
}

// fault: B10
func TestValuesPassBothWaysUnchanged(t *testing.T) {
	for _, v := range vectors {
		got, err := unmarshal(v.json)
		if err != nil {
			t.Errorf("%s: %v", v.json, err)
			continue
		}
		if v.cbor != "" && hex.EncodeToString(got) != v.cbor {
			t.Errorf("%s is %x, must be %s", v.json, got, v.cbor)
		}
		back, err := toJSON(format, got)
		if err != nil || !sameText(back, v.json) {
			t.Errorf("%s came back as %s, %v", v.json, back, err)
		}
	}
}

// sameText compares but for the ways to write one exponent.
func sameText(a, b string) bool {
	return a == b || strings.Replace(a, "e-10", "", 1) == "1" && b == "0.0000000001"
}

// Other ways to write a value, which have one canonical form.
func TestManyFormsOfOneValue(t *testing.T) {
	for text, wanted := range map[string]string{
		" [ 1 , 2 ]\n": "820102", `"\u0061\/\b\f\n\r\t"`: "67612f080c0a0d09", `"\ud800\udd51"`: "64f0908591", `1E2`: "fb4059000000000000",
		`{ "a" : 1 }`: "a1616101", `100e-2`: "fb3ff0000000000000", `10000000000000001e0`: "1b002386f26fc10001", `0e-1000000000000`: "fb0000000000000000",
	} {
		if got, err := unmarshal(text); err != nil || hex.EncodeToString(got) != wanted {
			t.Errorf("%s is %x, must be %s, %v", text, got, wanted, err)
		}
	}
}

// fault: B10
func TestJSONThatCouldChangeIsAnError(t *testing.T) {
	for text, where := range map[string]string{
		`{"a":1,"a":2}`:                 "/a",
		`{"a":[1,{"x/y":1,"x/y":1}]}`:   "/a/1/x~1y",
		`"\ud800"`:                      "",
		`"\ud800\u0041"`:                "",
		`"\udc00"`:                      "",
		`["ok","\ud800x"]`:              "/1",
		"\"\xff\"":                      "",
		"\"\xed\xa0\x80\"":              "",
		"\"\\n\xff\"":                   "",
		"\"a\nb\"":                      "",
		"\"\\n\x00\"":                   "",
		`1e99999999999999999999`:        "",
		`01`:                            "",
		`-`:                             "",
		`1.`:                            "",
		`.5`:                            "",
		`1e`:                            "",
		`+1`:                            "",
		`NaN`:                           "",
		`nul`:                           "",
		`[1,]`:                          "/1",
		`[1 2]`:                         "",
		`{"a" 1}`:                       "/a",
		`{a:1}`:                         "",
		`{"a":1,}`:                      "",
		`"abc`:                          "",
		`"\x"`:                          "",
		`"\u12"`:                        "",
		`"\u12G4"`:                      "",
		``:                              "",
		`1 2`:                           "",
		strings.Repeat("[", 100_000):    strings.Repeat("/0", 257),
		strings.Repeat(`{"":`, 100_000): strings.Repeat("/", 257),
	} {
		_, err := unmarshal(text)
		var at *sdk.PathError
		if !errors.As(err, &at) || at.Path != where {
			t.Errorf("%.60q: %v at %.20q, must be at %.20q", text, err, at, where)
		}
	}
}

// Items that JSON can't have, that are not well-formed or that claim more than there is.
//
// fault: B11
func TestCBORThatIsNoJSONIsAnError(t *testing.T) {
	for name, item := range map[string]string{
		"nothing": "", "two items": "0101", "4 GiB of bytes": "5affffffff", "2^64 of text": "7bffffffffffffffff61",
		"4 GiB of entries": "9affffffff", "2^64 of members": "bbffffffffffffffff", "bytes": "420102", "NaN": "f97e00", "infinity": "f97c00",
		"key of a number": "a10102", "key twice": "a2616101616102", "text not UTF-8": "61ff", "break": "ff", "reserved head": "1c",
		"short head": "19", "array unended": "9f01", "text unended": "7f6161", "piece of another type": "7f4161ff",
		"bignum of text": "c26161", "decimal of three": "c483010203", "decimal of floats": "c482fb000000000000000000",
		"a bigfloat": "c5820103", "decimal exponent of 2^64": "c482c24901000000000000000001", "simple 255": "f8ff", "time not a text": "c001",
		"time not RFC 3339": "c0656e6f772e2e", "time in the year 100000": "c11b000002d1f1f31000", "time NaN": "c1f97e00",
		"deep arrays": strings.Repeat("81", 100_000), "deep tags": strings.Repeat("d9d9f7", 100_000), "indefinite tag": "df",
	} {
		raw, err := hex.DecodeString(item)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := toJSON(format, raw); err == nil {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// What other formats make canonical values of, and JSON has no like of.
func TestRicherValuesBecomeJSON(t *testing.T) {
	for item, wanted := range map[string]string{
		"420102": `"AQI="`, "5f41014102ff": `"AQI="`, "7f61616162ff": `"ab"`, "9f0102ff": `[1,2]`, "bf616101ff": `{"a":1}`, "f7": `null`,
		"f93c00": `1.0`, "f93e00": `1.5`, "f90001": `5.960464477539063e-8`, "f9c400": `-4.0`, "fa47c35000": `100000.0`,
		"c074323031332d30332d32315432303a30343a30305a": `"2013-03-21T20:04:00Z"`,
		"c11a514b67b0": `"2013-03-21T20:04:00Z"`, "c1fb41d452d9ec200000": `"2013-03-21T20:04:00.5Z"`,
		"d74401020304": `"AQIDBA=="`, "d9d9f701": `1`, "c482c24100c24101": `1`, "c4821b000000ffffffffff01": `1e1099511627775`,
	} {
		raw, err := hex.DecodeString(item)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := toJSON(lenient, raw); err != nil || got != strings.Replace(wanted, "e-8", "e-08", 1) {
			t.Errorf("%s is %s, must be %s, %v", item, got, wanted, err)
		}
	}
}

func FuzzJSON(f *testing.F) {
	for _, v := range vectors {
		f.Add([]byte(v.json))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		item, err := unmarshal(string(text))
		if err != nil {
			return
		}
		if !json.Valid(text) {
			t.Fatalf("%q was taken", text)
		}
		back, err := toJSON(format, item)
		if err != nil {
			t.Fatalf("%q became %x, which does not go back: %v", text, item, err)
		}
		again, err := unmarshal(back)
		if err != nil || !bytes.Equal(again, item) {
			t.Fatalf("%q became %x, then %q, then %x, %v", text, item, back, again, err)
		}
	})
}

func FuzzCBOR(f *testing.F) {
	for _, v := range vectors {
		if raw, err := hex.DecodeString(v.cbor); err == nil {
			f.Add(raw)
		}
	}
	f.Add([]byte{0xbf, 0x7f, 0x61, 0x61, 0xff, 0xc4, 0x82, 1, 2, 0xff})
	f.Fuzz(func(t *testing.T, item []byte) {
		text, err := toJSON(lenient, item)
		if err != nil {
			return
		}
		if !json.Valid([]byte(text)) {
			t.Fatalf("%x became %q", item, text)
		}
		if _, err := unmarshal(text); err != nil {
			t.Fatalf("%x became %q, which does not go back: %v", item, text, err)
		}
	})
}
