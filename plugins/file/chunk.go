package file

import (
	"fmt"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/file/record"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

// chunk is what one call writes: the lines of consecutive messages.
type chunk struct {
	encoder record.Encoder
	lines   []byte
	// ends[i] is where line i ends, its newline included.
	ends []int
}

// keepLines is the largest buffer that is kept for the next chunk, bytes.
const keepLines = 1 << 20

// fill encodes messages from the first on, as many as go into one segment and at least one. A failure is the first
// message's own.
func (c *chunk) fill(messages []sdk.Message, w *writer) *sdk.Failure {
	if cap(c.lines) > keepLines {
		c.lines = nil
	}
	c.lines, c.ends = c.lines[:0], c.ends[:0]
	for i := range messages {
		before := len(c.lines)
		lines, err := c.encoder.Append(c.lines, &messages[i])
		size := len(lines) - before
		switch {
		case err != nil && i == 0:
			return &sdk.Failure{Class: core.FailurePermanent, Scope: core.ScopeMessage, Attempted: core.AttemptedNo,
				Detail: err.Error()}
		case i == 0 && w.maxSize > 0 && int64(size) > w.maxSize:
			c.lines = lines[:before]
			return &sdk.Failure{Class: core.FailureTooLarge, Scope: core.ScopeMessage, Attempted: core.AttemptedNo,
				Detail: fmt.Sprintf("a record of %d bytes, and max-size is %d", size, w.maxSize)}
		case err != nil || i > 0 && int64(len(lines)) > w.segmentSize:
			c.lines = lines[:before]
			return nil
		}
		c.lines, c.ends = lines, append(c.ends, len(lines))
	}
	return nil
}

// whole is how many lines stand in the first n bytes, and how many bytes those are.
func (c *chunk) whole(n int) (lines, bytes int) {
	for lines < len(c.ends) && c.ends[lines] <= n {
		bytes = c.ends[lines]
		lines++
	}
	return lines, bytes
}
