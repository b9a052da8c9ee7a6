package marshal

import "github.com/araldo-relay/araldo/plugins/sdk"

// cborFormat is marshal-cbor. Canonical values are CBOR already: it lets pass what is well-formed and valid, unchanged.
type cborFormat struct{}

func newCBOR(sdk.Setting, plainConfig) (sdk.Marshaller, error) { return cborFormat{}, nil }

var cborHeader = &sdk.Header{ContentType: sdk.CanonicalType}

// Marshal lets a canonical value pass.
func (cborFormat) Marshal(m sdk.Message) (sdk.Message, error) {
	return sdk.Message{Payload: m.Payload, Header: cborHeader}, checkCBOR(m.Payload)
}

// Unmarshal lets CBOR pass.
func (cborFormat) Unmarshal(m sdk.Message) (sdk.Message, error) {
	return sdk.Message{Payload: m.Payload}, checkCBOR(m.Payload)
}

// checkCBOR finds what is wrong with one CBOR item.
func checkCBOR(item []byte) error {
	c := cborChecker{cborReader{item}}
	if err := c.value(0); err != nil {
		return withPath(err)
	}
	if len(c.rest) > 0 {
		return surplus(len(c.rest))
	}
	return nil
}

// cborChecker walks through a CBOR item.
type cborChecker struct{ cborReader }

func (c *cborChecker) value(depth int) error {
	if depth > maxDepth {
		return errDeep
	}
	major, info, n, err := c.head()
	if err != nil {
		return err
	}
	switch major {
	case majorBytes:
		_, err = c.chunks(majorBytes, info, n)
	case majorText:
		_, err = c.text(info, n)
	case majorArray:
		err = c.array(depth, info, n)
	case majorMap:
		err = c.object(depth, info, n)
	case majorTag:
		err = c.tagged(depth, n)
	case majorSimple:
		if info == 24 && n < 32 {
			err = errReserved
		}
	}
	return err
}

func (c *cborChecker) array(depth int, info byte, n uint64) error {
	for i := uint64(0); c.more(info, i, n); i++ {
		if err := c.value(depth + 1); err != nil {
			return inEntry(err, i)
		}
	}
	return nil
}

func (c *cborChecker) object(depth int, info byte, n uint64) error {
	var seen keySet
	for i := uint64(0); c.more(info, i, n); i++ {
		if err := c.member(depth, i, &seen); err != nil {
			return err
		}
	}
	return nil
}

func (c *cborChecker) member(depth int, i uint64, seen *keySet) error {
	whole := c.rest
	if c.next() != majorText {
		err := c.value(depth + 1)
		if err == nil {
			err = c.memberValue(depth, whole[:len(whole)-len(c.rest)], seen)
		}
		return inEntry(err, i)
	}
	_, info, n, err := c.head()
	if err != nil {
		return err
	}
	name, err := c.text(info, n)
	if err != nil {
		return err
	}
	return inKey(c.memberValue(depth, whole[:len(whole)-len(c.rest)], seen), name)
}

// memberValue notes a key as it stands there and checks its value.
func (c *cborChecker) memberValue(depth int, key []byte, seen *keySet) error {
	if err := seen.add(key); err != nil {
		return err
	}
	return c.value(depth + 1)
}

// tagged checks what the tags hold that have a meaning to other formats.
func (c *cborChecker) tagged(depth int, tag uint64) error {
	var err error
	switch tag {
	case tagTimeText:
		_, _, err = c.timeText()
	case tagTimeEpoch:
		_, err = c.seconds()
	case tagPositive, tagNegative:
		_, err = c.bignum(tag)
	case tagDecimal:
		_, _, err = c.decimal()
	default:
		err = c.value(depth + 1)
	}
	return err
}
