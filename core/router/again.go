package router

import "github.com/araldo-relay/araldo/core"

// Again gives a batch that came this way before to the outlet alone. It is decoded and filtered as if it came now, but
// has passed no further hub. Where decoding has to wait, so does the batch, and is in no account until then. It may be
// called from any goroutine and does not block.
func (o *Outlet) Again(batch core.Batch) {
	if o.Decoder == nil {
		o.offer(batch, &view{messages: batch.Messages})
		return
	}
	o.Decoder.Convert(batch.Messages, func(values []core.Message, faults []core.Fault) {
		batch.Faults = faults
		if o.Values {
			o.value(&batch, values)
		}
		o.offer(batch, &view{messages: values})
	})
}
