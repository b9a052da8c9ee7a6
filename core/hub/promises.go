package hub

import "github.com/araldo-relay/araldo/core"

// tellPromises logs what acked outlets give and on what that rests: whoever reads of a loss later wants to know what held
// then.
func (r *relay) tellPromises() {
	for _, route := range r.routes {
		for _, o := range route.outlets {
			if o.promise.Mode == core.ModeAcked && o.deadOf == "" {
				r.log.Info("outlet is acked", "route", route.Inbound, "outlet", o.Name, "guarantee", o.promise.Guarantee.String(),
					"reason", o.promise.Reason)
			}
		}
	}
}
