// Package work is the workloads: what is sent where through a relay, and how that is measured.
package work

import (
	"fmt"
	"slices"

	"github.com/araldo-relay/araldo/cmd/araldo-bench/load"
)

// Workload is one way through a relay.
type Workload struct {
	Name, About string
	In, Out     load.Place
	Senders     int
	// Receivers listen at Out, each with a connection of its own; Spread: at Out's subject with the numbers from 1 on behind it.
	Receivers int
	Spread    bool
	// Document: messages are JSON objects, not plain text.
	Document bool
	// Rate is messages per second in an open loop; 0: saturation.
	Rate int
	// Echo: a back end in Redis answers from channel `up` to channel `down`.
	Echo bool
	// Idle is how many connections are opened at In, and nothing is sent: memory is measured.
	Idle int
}

var (
	webIn      = load.Place{Kind: load.WebSocket, Path: "/in"}
	webOut     = load.Place{Kind: load.WebSocket, Path: "/out"}
	channelIn  = load.Place{Kind: load.Channel, Subject: "in"}
	channelOut = load.Place{Kind: load.Channel, Subject: "out"}
	streamIn   = load.Place{Kind: load.Stream, Subject: "in"}
	streamOut  = load.Place{Kind: load.Stream, Subject: "out"}
)

// All are the workloads, in the order of the report.
var All = []Workload{
	{Name: "w1", About: "8 WebSocket senders -> Redis channel", In: webIn, Out: channelOut, Senders: 8, Receivers: 1},
	{Name: "w2", About: "Redis channel -> 1 WebSocket client", In: channelIn, Out: webOut, Senders: 1, Receivers: 1},
	{Name: "w3", About: "1 WebSocket sender -> 1 client", In: webIn, Out: webOut, Senders: 1, Receivers: 1},
	{Name: "w3-50", About: "1 WebSocket sender -> 50 clients", In: webIn, Out: webOut, Senders: 1, Receivers: 50},
	{Name: "w3-500", About: "1 WebSocket sender -> 500 clients", In: webIn, Out: webOut, Senders: 1, Receivers: 500},
	{Name: "w4", About: "Redis channel -> Redis channel", In: channelIn, Out: channelOut, Senders: 1, Receivers: 1},
	{Name: "w7", About: "1 Redis channel -> 8 Redis channels", In: channelIn, Out: channelOut, Senders: 1, Receivers: 8, Spread: true},
	{Name: "w1-stream", About: "8 WebSocket senders -> Redis stream", In: webIn, Out: streamOut, Senders: 8, Receivers: 1},
	{Name: "w2-stream", About: "Redis stream -> 1 WebSocket client", In: streamIn, Out: webOut, Senders: 1, Receivers: 1},
	{Name: "w4-stream", About: "Redis stream -> Redis stream, acked", In: streamIn, Out: streamOut, Senders: 1, Receivers: 1},
	{Name: "w5", About: "browser -> Redis -> back end -> Redis -> browser, 100/s", In: webIn, Out: webOut, Senders: 1, Receivers: 1, Rate: 100, Echo: true},
	{Name: "w1-1k", About: "1 WebSocket sender -> Redis channel, 1,000/s", In: webIn, Out: channelOut, Senders: 1, Receivers: 1, Rate: 1000},
	{Name: "w1-10k", About: "1 WebSocket sender -> Redis channel, 10,000/s", In: webIn, Out: channelOut, Senders: 1, Receivers: 1, Rate: 10000},
	{Name: "w6", About: "5,000 idle WebSocket connections", In: webIn, Idle: 5000},
}

// Rest is the name under which descriptions say how a relay is started to be measured while it has nothing to do.
const Rest = "rest"

// Find returns the workloads of these names, all where there are none.
func Find(names []string) ([]Workload, error) {
	if len(names) == 0 {
		return All, nil
	}
	var found []Workload
	for _, name := range names {
		at := slices.IndexFunc(All, func(w Workload) bool { return w.Name == name })
		if at < 0 {
			return nil, fmt.Errorf("no workload is called %q: %s", name, Names())
		}
		found = append(found, All[at])
	}
	return found, nil
}

// Names are all workloads' names.
func Names() (names []string) {
	for _, w := range All {
		names = append(names, w.Name)
	}
	return names
}

// Base is the name under which descriptions know the workload: variants with other numbers of receivers or rates are
// the same to a relay.
func (w Workload) Base() string {
	switch w.Name {
	case "w3-50", "w3-500":
		return "w3"
	case "w1-1k", "w1-10k", "w6":
		return "w1"
	}
	return w.Name
}
