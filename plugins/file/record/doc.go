// Package record is the format of endpoint-file: one message per line as a JSON object, in the numbered segments of a
// folder. What Encoder writes, Decoder reads back as the same message. The package only reads folders; endpoint-file
// alone writes to them.
package record
