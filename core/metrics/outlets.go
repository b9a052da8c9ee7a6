package metrics

import "github.com/araldo-relay/araldo/core"

// outletFamilies are the account of each outlet and what is beside it. In every scrape in = delivered + filtered +
// dead-lettered + expired + all dropped + queued + in flight.
var outletFamilies = table[Outlet]{
	name: func(o *Outlet) []string { return []string{o.Route, o.Name} },
	families: []family[Outlet]{
		ofOutlet(gauge, "info", "Is 1: the outlet's target, delivery mode and overflow policy as labels.",
			func(o *Outlet, v values) { v.number(1, o.To, o.Mode, o.Overflow) }, "to", "mode", "overflow"),
		ofOutlet(counter, "in_messages_total", "Messages that the outlet took in: the sum of all that it was split into.",
			func(o *Outlet, v values) { v.count(o.In) }),
		ofOutlet(counter, "delivered_messages_total", "Messages that the target confirmed.",
			func(o *Outlet, v values) { v.count(o.Delivered) }),
		ofOutlet(counter, "filtered_messages_total", "Messages that the outlet's own filter left out.",
			func(o *Outlet, v values) { v.count(o.Filtered) }),
		ofOutlet(counter, "dead_lettered_messages_total", "Messages that the dead letter confirmed.",
			func(o *Outlet, v values) { v.count(o.DeadLettered) }),
		ofOutlet(counter, "expired_messages_total", "Messages whose time to live was over.",
			func(o *Outlet, v values) { v.count(o.Expired) }),
		ofOutlet(counter, "dropped_messages_total", "Messages that were dropped, by reason.", dropped, "reason"),
		ofOutlet(gauge, "queued_messages", "Messages that wait to be sent, also to be sent again.",
			func(o *Outlet, v values) { v.count(o.Queued) }),
		ofOutlet(gauge, "in_flight_messages", "Messages that were sent and are not settled.",
			func(o *Outlet, v values) { v.count(o.InFlight) }),
		ofOutlet(counter, "retried_messages_total", "Further attempts to send a message; beside the sum.",
			func(o *Outlet, v values) { v.count(o.Retried) }),
		ofOutlet(counter, "returned_messages_total", "Messages that were left unsettled at shutdown, for their source to bring "+
			"again; beside the sum.", func(o *Outlet, v values) { v.count(o.Returned) }),
		ofOutlet(counter, "void_receipts_total", "Receipts and credits of streams that had ended.",
			func(o *Outlet, v values) { v.count(o.Void) }),
		ofOutlet(counter, "violations_total", "Receipts that the protocol does not allow.",
			func(o *Outlet, v values) { v.count(o.Violations) }),
		ofOutlet(gauge, "queued_bytes", "Memory that queued messages keep.",
			func(o *Outlet, v values) { v.number(float64(o.QueuedBytes)) }),
		ofOutlet(gauge, "queue_limit_messages", "Messages that the queue may hold.",
			func(o *Outlet, v values) { v.number(float64(o.LimitMessages)) }),
		ofOutlet(gauge, "queue_limit_bytes", "Memory that the queue may keep.",
			func(o *Outlet, v values) { v.number(float64(o.LimitBytes)) }),
		ofOutlet(gauge, "oldest_message_age_seconds", "How long the oldest queued message has waited; 0 where none does.",
			func(o *Outlet, v values) { v.number(o.OldestAge.Seconds()) }),
		ofOutlet(gauge, "paused", "1 while messages wait and nothing is sent; araldo status says why.",
			func(o *Outlet, v values) { v.truth(o.Paused != "") }),
		ofOutlet(histogram, "delivery_duration_seconds", "From a message's receipt at the hub to the target's confirmation.",
			func(o *Outlet, v values) { v.latency(&o.Latency) }),
		ofRequests(counter, "requests_total", "Messages that went out as requests, where reply-timeout makes them such: the sum "+
			"of what became of them.", func(r *Requests) uint64 { return r.Asked }),
		ofRequests(gauge, "pending_requests", "Requests that wait for their reply.",
			func(r *Requests) uint64 { return r.Pending }),
		ofRequests(counter, "answered_requests_total", "Requests whose reply came in time.",
			func(r *Requests) uint64 { return r.Answered }),
		ofRequests(counter, "timed_out_requests_total", "Requests without a reply in time; replies that come later are dropped "+
			"for late-reply at the outlet that they come by.", func(r *Requests) uint64 { return r.TimedOut }),
		ofRequests(counter, "displaced_requests_total", "Requests that were forgotten because too many waited.",
			func(r *Requests) uint64 { return r.Displaced }),
	},
}

func ofOutlet(kind, name, help string, read func(*Outlet, values), more ...string) family[Outlet] {
	return family[Outlet]{Family{"araldo_outlet_" + name, help, kind, append([]string{"route", "outlet"}, more...)}, read}
}

// ofRequests is a family of the outlets whose messages are requests.
func ofRequests(kind, name, help string, read func(*Requests) uint64) family[Outlet] {
	return ofOutlet(kind, name, help, func(o *Outlet, v values) {
		if o.Requests != nil {
			v.count(read(o.Requests))
		}
	})
}

// dropped has every reason from the beginning, so that the first drop is a change and not a new series.
func dropped(o *Outlet, v values) {
	for reason, n := range o.Dropped {
		v.count(n, core.Reason(reason).String())
	}
}
