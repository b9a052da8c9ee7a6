package growth

import (
	"fmt"
	"strconv"

	"github.com/araldo-relay/araldo/cmd/araldo-bench/load"
	"github.com/araldo-relay/araldo/cmd/araldo-bench/work"
)

var (
	webIn      = load.Place{Kind: load.WebSocket, Path: "/in"}
	webOut     = load.Place{Kind: load.WebSocket, Path: "/out"}
	channelIn  = load.Place{Kind: load.Channel, Subject: "in"}
	channelOut = load.Place{Kind: load.Channel, Subject: "out"}
)

// Outlets has one route whose outlets grow: Redis channel -> n Redis channels.
func Outlets(counts ...int) Series {
	s := Series{Name: "outlets", About: "Redis channel -> n Redis channels, deliveries"}
	for _, n := range counts {
		c := &configuration{}
		c.channel("in", "")
		var outs []string
		for i := range n {
			outs = append(outs, "out"+strconv.Itoa(i+1))
			c.channel(outs[i], "")
		}
		c.route("in", outs...)
		s.Cases = append(s.Cases, c.through(work.Workload{Name: fmt.Sprintf("outlets-%d", n),
			In: channelIn, Out: channelOut, Senders: 1, Receivers: n, Spread: true}))
	}
	return s
}

// Connections has one outlet whose clients grow: WebSocket sender -> n WebSocket clients.
func Connections(counts ...int) Series {
	s := Series{Name: "connections", About: "1 WebSocket sender -> n clients, deliveries"}
	for _, n := range counts {
		c := &configuration{}
		c.webSocket("in")
		c.webSocket("out")
		c.route("in", "out")
		s.Cases = append(s.Cases, c.through(work.Workload{Name: fmt.Sprintf("connections-%d", n),
			In: webIn, Out: webOut, Senders: 1, Receivers: n}))
	}
	return s
}

// Routes has a configuration whose routes grow, all to one endpoint; one of them has the messages.
func Routes(counts ...int) Series {
	s := Series{Name: "routes", About: "1 WebSocket sender -> 1 client, one of n routes"}
	for _, n := range counts {
		c := &configuration{}
		c.webSocket("out")
		for i := 1; i < n; i++ {
			name := "other" + strconv.Itoa(i)
			c.webSocket(name)
			c.route(name, "out")
		}
		c.webSocket("in")
		c.route("in", "out")
		s.Cases = append(s.Cases, c.through(work.Workload{Name: fmt.Sprintf("routes-%d", n),
			In: webIn, Out: webOut, Senders: 1, Receivers: 1}))
	}
	return s
}

// filtered is an outlet that lets all documents of the workloads pass.
const filtered = `{to: out, when: "data.total > 100 && data.open"}`

// Conversions does more and more to JSON documents between two Redis channels.
func Conversions() Series {
	s := Series{Name: "conversions", About: "JSON documents, Redis channel -> Redis channel"}
	for _, k := range []struct{ name, in, out, outlet string }{
		{"untouched", "json", "json", "out"},
		{"json-cbor", "json", "cbor", "out"},
		{"json-msgpack", "json", "msgpack", "out"},
		{"filter", "json", "json", filtered},
		{"filter-json-msgpack", "json", "msgpack", filtered},
	} {
		c := &configuration{}
		c.marshalling("json")
		c.marshalling("cbor")
		c.marshalling("msgpack")
		c.channel("in", k.in)
		c.channel("out", k.out)
		c.route("in", k.outlet)
		s.Cases = append(s.Cases, c.through(work.Workload{Name: k.name,
			In: channelIn, Out: channelOut, Senders: 1, Receivers: 1, Document: true}))
	}
	return s
}
