package metrics

// mostFigures is how many figures of an endpoint's own are shown: a plugin is not trusted with a memory's worth of series.
const mostFigures = 100

var endpointFamilies = table[Endpoint]{
	name: func(e *Endpoint) []string { return []string{e.Name} },
	families: []family[Endpoint]{
		ofEndpoint(gauge, "info", "Is 1: the endpoint's id and plugin as labels.",
			func(e *Endpoint, v values) { v.number(1, e.ID, e.Plugin) }, "id", "plugin"),
		ofEndpoint(gauge, "state", "1 for the state that the endpoint is in, 0 for the others.",
			func(e *Endpoint, v values) { v.state(e.State) }, "state"),
		ofEndpoint(gauge, "enabled", "0 while the endpoint is switched off.",
			func(e *Endpoint, v values) { v.truth(e.Enabled) }),
		ofEndpoint(counter, "restarts_total", "Times that it was opened again after its plugin or its stream had ended, not by plan.",
			func(e *Endpoint, v values) { v.number(float64(e.Restarts)) }),
		ofEndpoint(counter, "received_messages_total", "Messages that came in.",
			func(e *Endpoint, v values) { v.count(e.Received) }),
		ofEndpoint(counter, "received_bytes_total", "Payloads of the messages that came in.",
			func(e *Endpoint, v values) { v.count(e.ReceivedBytes) }),
		ofEndpoint(counter, "unrouted_messages_total", "Messages that came in and that no outlet was there for.",
			func(e *Endpoint, v values) { v.count(e.Unrouted) }),
		ofEndpoint(counter, "rejected_total", "Messages, attributes and streams of its plugin that the hub did not take, "+
			"by reason.", func(e *Endpoint, v values) { v.counts(e.Rejected) }, "reason"),
		ofEndpoint(counter, "gaps_total", "Times that messages may have been missed outside.",
			func(e *Endpoint, v values) { v.count(e.Gaps) }),
		ofEndpoint(counter, "missed_messages_total", "Messages that were missed outside, where their number is known.",
			func(e *Endpoint, v values) { v.count(e.Missed) }),
		ofEndpoint(gauge, "connections", "Clients that are connected; absent where it has none by its nature.",
			connections),
		ofEndpoint(gauge, "figure", "The endpoint's own figures that go up and down, by name; its README tells them.",
			figures(false), "figure"),
		ofEndpoint(counter, "figure_total", "The endpoint's own figures that only grow while its plugin lives.",
			figures(true), "figure"),
		ofEndpoint(counter, "unanswered_scrapes_total", "Scrapes without the endpoint's own figures: its plugin was down "+
			"or did not answer in time.", func(e *Endpoint, v values) { v.count(e.Unanswered) }),
	},
}

func ofEndpoint(kind, name, help string, read func(*Endpoint, values), more ...string) family[Endpoint] {
	return family[Endpoint]{Family{"araldo_endpoint_" + name, help, kind, append([]string{"endpoint"}, more...)}, read}
}

// connectionsFigure is the figure by which endpoints with clients tell their number.
const connectionsFigure = "connections"

func connections(e *Endpoint, v values) {
	for _, f := range e.Figures {
		if f.Name == connectionsFigure {
			v.number(float64(f.Value))
			return
		}
	}
}

// figures shows those of one type. A name that stands twice is shown once.
func figures(counters bool) func(*Endpoint, values) {
	return func(e *Endpoint, v values) {
		shown := map[string]bool{connectionsFigure: true}
		for _, f := range e.Figures {
			if f.Counter == counters && !shown[f.Name] && len(shown) <= mostFigures {
				shown[f.Name] = true
				v.number(float64(f.Value), f.Name)
			}
		}
	}
}

var marshallingFamilies = table[Marshalling]{
	name: func(m *Marshalling) []string { return []string{m.Name} },
	families: []family[Marshalling]{
		ofMarshalling(gauge, "info", "Is 1: the marshalling's id and plugin as labels.",
			func(m *Marshalling, v values) { v.number(1, m.ID, m.Plugin) }, "id", "plugin"),
		ofMarshalling(gauge, "state", "1 for the state that the marshalling is in, 0 for the others.",
			func(m *Marshalling, v values) { v.state(m.State) }, "state"),
		ofMarshalling(counter, "restarts_total", "Times that it was opened again after its plugin or its stream had ended, not by plan.",
			func(m *Marshalling, v values) { v.number(float64(m.Restarts)) }),
		ofMarshalling(counter, "decoded_messages_total", "Messages whose bytes became values.",
			func(m *Marshalling, v values) { v.count(m.Decoded) }),
		ofMarshalling(counter, "encoded_messages_total", "Messages whose values became bytes.",
			func(m *Marshalling, v values) { v.count(m.Encoded) }),
		ofMarshalling(counter, "failed_messages_total", "Messages that it could not read or write.",
			func(m *Marshalling, v values) { v.count(m.Failed) }),
		ofMarshalling(counter, "rejected_total", "Attributes and streams of its plugin that the hub did not take, by reason.",
			func(m *Marshalling, v values) { v.counts(m.Rejected) }, "reason"),
	},
}

func ofMarshalling(kind, name, help string, read func(*Marshalling, values), more ...string) family[Marshalling] {
	return family[Marshalling]{Family{"araldo_marshalling_" + name, help, kind, append([]string{"marshalling"}, more...)}, read}
}
