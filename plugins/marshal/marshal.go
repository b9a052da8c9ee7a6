// Package marshal is the plugin that turns the formats of payloads into canonical values (CBOR, RFC 8949) and back.
package marshal

import (
	"fmt"

	"github.com/araldo-relay/araldo/plugins/sdk"
)

// Plugin offers marshal-json, marshal-msgpack, marshal-cbor and marshal-text.
var Plugin = sdk.Plugin{
	Name: "marshal",
	Types: []sdk.Type{
		sdk.Marshalling("marshal-json", "JSON (RFC 8259), also in CloudEvents envelopes", newJSON),
		sdk.Marshalling("marshal-msgpack", "MessagePack", newMessagePack),
		sdk.Marshalling("marshal-cbor", "CBOR (RFC 8949)", newCBOR),
		sdk.Marshalling("marshal-text", "plain text in UTF-8", newText),
	},
}

// maxDepth is how deep containers and tags may stand in each other, in both directions.
const maxDepth = 256

// surplus is the error for bytes after a value.
func surplus(n int) error { return fmt.Errorf("%d bytes after the value", n) }
