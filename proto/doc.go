// Package proto holds the text of the contract, for those who make code of it in other languages.
package proto

import _ "embed"

// Contract is araldo/plugin/v1/plugin.proto.
//
//go:embed araldo/plugin/v1/plugin.proto
var Contract []byte
