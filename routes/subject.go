package routes

import (
	"errors"
	"math"
	"math/big"
	"reflect"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"github.com/fxamacker/cbor/v2"

	"github.com/araldo-relay/araldo/core"
)

// Subject is the messages of one batch as filters see them: what two filters look at is worked out once. It is for one
// goroutine.
type Subject struct {
	messages []core.Message
	at       int
	data     []datum
	// header is that of attributes.
	header     *core.Header
	attributes ref.Val
	err        error
}

// datum is a message's value once a filter asked for it.
type datum struct {
	value any
	err   error
	known bool
}

// NewSubject makes messages of one source the subject of filters. Where a filter uses data, payloads are canonical
// values. The messages must not change while the subject is in use.
func NewSubject(messages []core.Message) *Subject { return &Subject{messages: messages} }

func (s *Subject) see(i int) { s.at, s.err = i, nil }

// ResolveName implements cel.Activation.
func (s *Subject) ResolveName(name string) (any, bool) {
	m := &s.messages[s.at]
	switch name {
	case variableSource:
		return m.Source, true
	case variableAttributes:
		return s.attributesOf(m.Header), true
	case variableData:
		return s.value(), true
	}
	return nil, false
}

// Parent implements cel.Activation.
func (s *Subject) Parent() cel.Activation { return nil }

// attributesOf is a header's attributes as a map; messages that follow each other often share a header.
func (s *Subject) attributesOf(h *core.Header) ref.Val {
	if s.attributes != nil && s.header == h {
		return s.attributes
	}
	list := map[string]string{}
	if h != nil {
		for _, a := range h.Attributes {
			list[a.Name] = a.Value
		}
	}
	s.header, s.attributes = h, types.NewStringStringMap(adapter{}, list)
	return s.attributes
}

func (s *Subject) value() any {
	if s.data == nil {
		s.data = make([]datum, len(s.messages))
	}
	d := &s.data[s.at]
	if !d.known {
		d.value, d.err = decode(s.messages[s.at].Payload)
		d.known = true
	}
	if d.err != nil {
		s.err = d.err
		return types.NewErr("no value")
	}
	return d.value
}

// deepest is how deep lists and maps of a value may stand in each other, most how many items each may have.
const (
	deepest = 1000
	most    = 8 << 20
)

// decimal is CBOR's tag 4 (RFC 8949, section 3.4.4): mantissa * 10^exponent.
type decimal struct {
	_        struct{} `cbor:",toarray"`
	Exponent int64
	Mantissa big.Int
}

var errCanonical = errors.New("the message has no canonical value")

// modes decode canonical values: first with text keys only, as JSON has them and as is quicker to look into.
var modes = sync.OnceValue(func() (list [2]cbor.DecMode) {
	tags := cbor.NewTagSet()
	if err := tags.Add(cbor.TagOptions{DecTag: cbor.DecTagRequired}, reflect.TypeFor[decimal](), 4); err != nil {
		panic(err) // a mistake in the lines above
	}
	for i, kind := range []reflect.Type{reflect.TypeFor[map[string]any](), nil} {
		mode, err := cbor.DecOptions{
			IntDec: cbor.IntDecConvertSignedOrBigInt, DefaultMapType: kind, MaxNestedLevels: deepest,
			MaxArrayElements: most, MaxMapPairs: most, TimeTag: cbor.DecTagOptional,
		}.DecModeWithTags(tags)
		if err != nil {
			panic(err) // a mistake in the lines above
		}
		list[i] = mode
	}
	return list
})

func decode(payload []byte) (any, error) {
	for _, mode := range modes() {
		var value any
		if mode.Unmarshal(payload, &value) == nil {
			return value, nil
		}
	}
	return nil, errCanonical
}

// adapter gives CEL the values that decode makes and CEL does not know: whole numbers past 64 bits and decimal
// fractions are compared as the nearest double.
type adapter struct{}

// NativeToValue implements types.Adapter.
func (adapter) NativeToValue(value any) ref.Val {
	switch v := value.(type) {
	case map[string]any:
		return types.NewStringInterfaceMap(adapter{}, v)
	case []any:
		return types.NewDynamicList(adapter{}, v)
	case map[any]any:
		return types.NewDynamicMap(adapter{}, v)
	case big.Int:
		return number(&v)
	case decimal:
		return types.Double(v.double())
	case cbor.Tag:
		return adapter{}.NativeToValue(v.Content)
	case cbor.SimpleValue:
		return types.NullValue
	}
	return types.DefaultTypeAdapter.NativeToValue(value)
}

func number(n *big.Int) ref.Val {
	if n.IsUint64() {
		return types.Uint(n.Uint64())
	}
	f, _ := new(big.Float).SetInt(n).Float64()
	return types.Double(f)
}

func (d *decimal) double() float64 {
	m, _ := new(big.Float).SetInt(&d.Mantissa).Float64()
	return m * math.Pow(10, float64(d.Exponent))
}
