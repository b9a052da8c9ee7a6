package marshal

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/tinylib/msgp/msgp"

	"github.com/araldo-relay/araldo/plugins/sdk"
)

// packs are MessagePack values and the CBOR that they are, in hexadecimal. Each goes both ways.
var packs = map[string]string{
	"c0": "f6", "c2": "f4", "c3": "f5", "00": "00", "7f": "187f", "ff": "20", "e0": "381f", "cc80": "1880", "cdffff": "19ffff",
	"ceffffffff": "1affffffff", "cfffffffffffffffff": "1bffffffffffffffff", "d080": "387f", "d18000": "397fff", "d280000000": "3a7fffffff",
	"d38000000000000000": "3b7fffffffffffffff", "cb3ff8000000000000": "fb3ff8000000000000", "cb7ff0000000000000": "fb7ff0000000000000",
	"cb7ff8000000000001": "fb7ff8000000000001", "a0": "60", "a161": "6161", "c400": "40", "c403010203": "43010203",
	"90": "80", "93010203": "83010203", "80": "a0", "81a16101": "a1616101", "82a16101a16202": "a2616101616202", "810102": "a10102",
	"81920102c0": "a1820102f6", "dc0010" + ones(16): "90" + ones(16), "d6ff514b67b0": "c074323031332d30332d32315432303a30343a30305a",
	"d7ffec08ce00514b67b0":           "c077323031332d30332d32315432303a30343a30302e39395a",
	"c70cff00000000fffffffffffffffe": "c074313936392d31322d33315432333a35393a35385a",
}

func ones(n int) string { return strings.Repeat("01", n) }

func unhex(t testing.TB, text string) string {
	t.Helper()
	raw, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestMessagePackBothWays(t *testing.T) {
	for pack, item := range packs {
		got, err := decode(packFormat{}, unhex(t, pack))
		if err != nil || hex.EncodeToString([]byte(got)) != item {
			t.Errorf("%s is %x, must be %s, %v", pack, got, item, err)
			continue
		}
		back, err := encode(packFormat{}, got)
		if err != nil || hex.EncodeToString([]byte(back)) != pack {
			t.Errorf("%s came back as %x, %v", pack, back, err)
		}
	}
}

// What MessagePack writes in several ways has one canonical form.
func TestManyFormsOfOnePack(t *testing.T) {
	for pack, item := range map[string]string{
		"cd0001": "01", "d30000000000000001": "01", "d001": "01", "d90161": "6161", "da000161": "6161",
		"db0000000161": "6161", "dd0000000101": "8101", "de0001a16101": "a1616101", "df00000001a16101": "a1616101", "c5000101": "4101",
		"c60000000101": "4101", "ca3fc00000": "fb3ff8000000000000", "d7ff00000000514b67b0": "c074323031332d30332d32315432303a30343a30305a",
	} {
		got, err := decode(packFormat{}, unhex(t, pack))
		if err != nil || hex.EncodeToString([]byte(got)) != item {
			t.Errorf("%s is %x, must be %s, %v", pack, got, item, err)
		}
	}
}

// fault: B11
func TestBadMessagePackIsAnError(t *testing.T) {
	for pack, where := range map[string]string{
		"": "", "c1": "", "0101": "", "9301": "/1", "81a161": "/a", "81": "/0", "a2": "", "a1ff": "", "91a1ff": "/0", "82a16101a16102": "/a",
		"8201010102": "/1", "81a161a1ff": "/a", "d40101": "", "d501": "", "d6fe00000000": "", "c70cfe0000000000000000000000": "", "c704ff00000000": "",
		"d7ffffffffff514b67b0": "", "c70cff00000000" + "7fffffffffffffff": "", "d6ff00": "", "cf00": "", "cb00": "", "ca00": "", "d800": "", "d301": "", "d9016161": "",
		"91d4050101": "/0", "c70c05000000000000000000000000": "", "c403": "", "9181a16281a16393c1": "/0/b/c/0",
	} {
		got, err := decode(packFormat{}, unhex(t, pack))
		var at *sdk.PathError
		if err == nil || errors.As(err, &at) && at.Path != where {
			t.Errorf("%s is %x, %v at %v, must be at %q", pack, got, err, at, where)
		}
	}
}

// Canonical values that come from other formats.
func TestOtherValuesBecomeMessagePack(t *testing.T) {
	for item, wanted := range map[string]string{
		"f7": "c0", "f93e00": "ca3fc00000", "fa3fc00000": "ca3fc00000", "9f0102ff": "920102", "bf616101ff": "81a16101", "7f61616162ff": "a26162",
		"5f41014102ff": "c4020102", "9f" + ones(20) + "ff": "dc0014" + ones(20), "c24101": "01", "c34101": "fe", "d81e820103": "920103",
		"c1fb41d452d9ec200000": "d7ff77359400514b67b0", "c11a514b67b0": "d6ff514b67b0", "c482201901f4": "cb4049000000000000",
		"c07819323031332d30332d32315432323a30343a30302b30323a3030": "d6ff514b67b0", "bf9f01ff9fffff": "81910190",
	} {
		got, err := encode(packFormat{}, unhex(t, item))
		if err != nil || hex.EncodeToString([]byte(got)) != wanted {
			t.Errorf("%s is %x, must be %s, %v", item, got, wanted, err)
		}
	}
	for item, why := range map[string]string{
		"c249010000000000000000": "beyond 64 bits", "3b8000000000000000": "beyond 64 bits", "c348ffffffffffffffff": "beyond 64 bits", "c48219019001": "no float",
		"c4823a000fffff01": "no float", "f8ff": "simple value", "f0": "simple value", "c5820103": "bigfloat", "a2010118010a": "twice",
		"c0781f323031332d30332d32315432303a30343a30302e313233343536373839315a": "10 digits", "a1616181f8ff": "simple value",
		"c4820a5a00000001": "", "c482" + "c24901000000000000000001": "", "bf01ff": "", "9f01": "", "c1f97e00": "years",
	} {
		if got, err := encode(packFormat{}, unhex(t, item)); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s is %x, %v, must be %q", item, got, err, why)
		}
	}
}

// What is written is read by the library's own decoder as the same values.
func TestMessagePackByAnotherHand(t *testing.T) {
	value, err := decode(jsonFormat{}, `{"a":[1,-2,0.1,"é",true,null,{"b":18446744073709551615}],"long":"`+strings.Repeat("x", 300)+`"}`)
	if err != nil {
		t.Fatal(err)
	}
	pack, err := encode(packFormat{}, value)
	if err != nil {
		t.Fatal(err)
	}
	var json bytes.Buffer
	if _, err := msgp.UnmarshalAsJSON(&json, []byte(pack)); err != nil {
		t.Fatal(err)
	}
	got, err := decode(jsonFormat{}, json.String())
	if err != nil || got != value {
		t.Errorf("%s, %v", json.String(), err)
	}
}

// Floats that JSON has not pass between formats that have them.
func TestFloatsThatJSONHasNot(t *testing.T) {
	for _, f := range []float64{math.Inf(1), math.Inf(-1), math.NaN()} {
		item, err := decode(packFormat{}, string(msgp.AppendFloat64(nil, f)))
		if err != nil {
			t.Fatal(err)
		}
		if text, err := encode(jsonFormat{}, item); err == nil {
			t.Errorf("%v is %s", f, text)
		}
	}
}

func FuzzMessagePack(f *testing.F) {
	for pack := range packs {
		f.Add([]byte(unhex(f, pack)))
	}
	f.Fuzz(func(t *testing.T, pack []byte) {
		item, err := decode(packFormat{}, string(pack))
		if err != nil {
			return
		}
		if err := judge.Wellformed([]byte(item)); err != nil {
			t.Fatalf("%x became %x: %v", pack, item, err)
		}
		if err := checkCBOR([]byte(item)); err != nil {
			t.Fatalf("%x became %x: %v", pack, item, err)
		}
		back, err := encode(packFormat{}, item)
		if err != nil {
			t.Fatalf("%x became %x, which does not go back: %v", pack, item, err)
		}
		if again, err := decode(packFormat{}, back); err != nil || again != item {
			t.Fatalf("%x became %x, then %x, then %x, %v", pack, item, back, again, err)
		}
	})
}
