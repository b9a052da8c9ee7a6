package core

import (
	"fmt"
	"strings"
)

// Difference says in a few words how now differs in what routes are made for, such as "ack message -> none"; empty where
// it does not. The sentences for people, Limit and Durability, are no such thing.
func (c Capabilities) Difference(now Capabilities) string {
	was, is := c.abilities(), now.abilities()
	var list []string
	for i := range was {
		if was[i].value != is[i].value {
			list = append(list, fmt.Sprintf("%s %s -> %s", was[i].name, was[i].value, is[i].value))
		}
	}
	return strings.Join(list, ", ")
}

type ability struct{ name, value string }

// abilities are the same of all instances, in the same order.
func (c Capabilities) abilities() []ability {
	in, out, conversion := c.Inbound, c.Outbound, c.Conversion
	yes := func(is bool) string { return map[bool]string{true: "yes", false: "no"}[is] }
	list := []ability{{"inbound", yes(in != nil)}, {"outbound", yes(out != nil)},
		{"rewrites", yes(conversion != nil && conversion.Rewrites)}}
	if in == nil {
		in = &Inbound{}
	}
	if out == nil {
		out = &Outbound{}
	}
	return append(list,
		ability{"ack", in.Ack.String()},
		ability{"replay", in.Replay.String()},
		ability{"pausable", yes(in.Pausable)},
		ability{"confirm", out.Confirm.String()},
		ability{"addressing", yes(out.Addressing)})
}

var (
	ackNames     = [...]string{"none", "message"}
	replayNames  = [...]string{"none", "pending", "offset"}
	confirmNames = [...]string{"none", "written", "accepted", "persisted"}
)

func (a Ack) String() string     { return ackNames[min(int(a), len(ackNames)-1)] }
func (r Replay) String() string  { return replayNames[min(int(r), len(replayNames)-1)] }
func (c Confirm) String() string { return confirmNames[min(int(c), len(confirmNames)-1)] }
