package control

import "time"

// Status is a hub at one moment. Its JSON names are a promise to scripts: they are added to, never changed.
type Status struct {
	Version string `json:"version"`
	PID     int    `json:"pid"`
	// Since is when the hub started.
	Since         time.Time `json:"since"`
	UptimeSeconds float64   `json:"uptime-seconds"`
	// Config and DataDir are absolute paths.
	Config  string `json:"config"`
	DataDir string `json:"data-dir"`
	// Metrics is the URL of the hub's metrics, empty where it shows none.
	Metrics string `json:"metrics,omitempty"`
	// Reload tells which configuration holds and what became of the newest one.
	Reload    Reloads    `json:"reload"`
	Plugins   []Plugin   `json:"plugins"`
	Endpoints []Endpoint `json:"endpoints"`
	Routes    []Route    `json:"routes"`
	// Marshallings are those that endpoints use.
	Marshallings []Marshalling `json:"marshallings"`
}

// Marshalling is one marshalling of the configuration.
type Marshalling struct {
	Name   string    `json:"name"`
	ID     string    `json:"id"`
	Plugin string    `json:"plugin"`
	State  string    `json:"state"`
	Since  time.Time `json:"since"`
	// Cause says why it is in this state, empty where nothing is wrong. While it is not ready, messages wait for it.
	Cause    string `json:"cause,omitempty"`
	Restarts int    `json:"restarts"`
	// Envelope: it rewrites messages even between two endpoints that both use it.
	Envelope bool `json:"envelope"`
	// Decoded and Encoded count messages, Failed those that it could not read or write.
	Decoded uint64 `json:"decoded"`
	Encoded uint64 `json:"encoded"`
	Failed  uint64 `json:"failed"`
	// Rejected counts, by reason, attributes and streams of its plugin that the hub did not take.
	Rejected map[string]uint64 `json:"rejected"`
}

// Plugin is one plugin process and what it offers.
type Plugin struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	// Path of its program, empty where it is built in.
	Path string `json:"path,omitempty"`
	// Reattached: it runs elsewhere, such as in a debugger, and listens at Path; the hub did not start it.
	Reattached bool `json:"reattached,omitempty"`
	// PID is 0 while no process runs, or runs elsewhere.
	PID   int       `json:"pid"`
	State string    `json:"state"`
	Since time.Time `json:"since"`
	// Restarts counts the starts after its process had ended, Replaced those in place of one that ran: by `plugins restart`
	// or by a reload.
	Restarts  int    `json:"restarts"`
	Replaced  int    `json:"replaced"`
	LastError string `json:"last-error,omitempty"`
	IDs       []Type `json:"ids"`
	// Sandbox says what its process is restricted in, and by what. Allowed is what it may reach beside what every program
	// may, where anything is restricted.
	Sandbox string   `json:"sandbox"`
	Allowed []string `json:"allowed"`
	// Memory and OpenFiles are its limits, left out where they are the hub's own.
	Memory    int `json:"memory,omitempty"`
	OpenFiles int `json:"open-files,omitempty"`
	// Log is the last lines that it wrote to its standard error.
	Log []string `json:"log"`
}

// Type is one id that a plugin offers; Kind is endpoint or marshalling.
type Type struct {
	ID      string `json:"id"`
	Kind    string `json:"kind"`
	Summary string `json:"summary"`
}

// Endpoint is one endpoint of the configuration.
type Endpoint struct {
	Name    string    `json:"name"`
	ID      string    `json:"id"`
	Summary string    `json:"summary"`
	Plugin  string    `json:"plugin"`
	State   string    `json:"state"`
	Since   time.Time `json:"since"`
	// Cause says why it is in this state, empty where nothing is wrong.
	Cause    string `json:"cause,omitempty"`
	Enabled  bool   `json:"enabled"`
	Restarts int    `json:"restarts"`
	// Received counts what came in, in messages and bytes; Unrouted is the part that no outlet was there for.
	Received      uint64 `json:"received"`
	ReceivedBytes uint64 `json:"received-bytes"`
	Unrouted      uint64 `json:"unrouted"`
	// Rejected counts, by reason, messages and attributes that the hub did not take.
	Rejected map[string]uint64 `json:"rejected"`
	// Marshalling is the name of the endpoint's, empty where its bytes pass untouched.
	Marshalling string `json:"marshalling,omitempty"`
	// Gaps counts the times when messages may have been missed, Missed the messages where their number is known.
	Gaps   uint64 `json:"gaps"`
	Missed uint64 `json:"missed"`
	// Claims are what it takes for itself, such as listen:127.0.0.1:54321/ws.
	Claims []string `json:"claims"`
	// Settings are its own keys as configured, secrets replaced.
	Settings    map[string]any `json:"settings"`
	Figures     []Figure       `json:"figures"`
	Connections []Connection   `json:"connections"`
}

// Figure is a number of an endpoint's own; a counter only grows while its plugin lives.
type Figure struct {
	Name    string `json:"name"`
	Value   int64  `json:"value"`
	Counter bool   `json:"counter"`
}

// Connection is one client of an endpoint.
type Connection struct {
	ID    string    `json:"id"`
	Peer  string    `json:"peer"`
	Since time.Time `json:"since"`
	// Queued messages wait to be written to it; Lost ones it lost because it was slow.
	Queued int    `json:"queued"`
	Lost   uint64 `json:"lost"`
}

// Route is one inbound endpoint and its outlets.
type Route struct {
	Inbound string   `json:"inbound"`
	Outlets []Outlet `json:"outlets"`
}

// Outlet is one outbound of a route.
type Outlet struct {
	Name string `json:"name"`
	To   string `json:"to"`
	// When is the outlet's filter, empty where all messages pass.
	When string `json:"when,omitempty"`
	Mode string `json:"mode"`
	// Guarantee is what the mode comes to with these two endpoints, Ceiling the most that they can, Reason why it is that.
	Guarantee string  `json:"guarantee,omitempty"`
	Ceiling   string  `json:"ceiling,omitempty"`
	Reason    string  `json:"reason,omitempty"`
	Queue     Queue   `json:"queue"`
	Account   Account `json:"account"`
	// OldestAgeSeconds is how long the oldest queued message has waited.
	OldestAgeSeconds float64 `json:"oldest-age-seconds"`
	LastFailure      string  `json:"last-failure,omitempty"`
	// DeadLetter is the endpoint that takes what To never can, DeadLetterOf the outlet whose dead letters this one takes
	// there; both are empty where there is none.
	DeadLetter   string `json:"dead-letter,omitempty"`
	DeadLetterOf string `json:"dead-letter-of,omitempty"`
	// Requests are what its messages are; nil: they are none.
	Requests *Requests `json:"requests,omitempty"`
	// Paused says why nothing is sent though messages wait.
	Paused string `json:"paused,omitempty"`
}

// Requests are what became of an outlet's messages as requests. Replies that came too late are dropped for late-reply at
// the outlet that they came by.
type Requests struct {
	// Timeout is how long a request waits for its reply, in seconds.
	Timeout float64 `json:"timeout-seconds"`
	// Asked is the sum of those that follow.
	Asked uint64 `json:"asked"`
	// Pending ones wait; Displaced ones were forgotten because too many waited.
	Pending   uint64 `json:"pending"`
	Answered  uint64 `json:"answered"`
	TimedOut  uint64 `json:"timed-out"`
	Displaced uint64 `json:"displaced"`
}

// Queue is an outlet's bounds and what happens at them.
type Queue struct {
	Messages int    `json:"messages"`
	Bytes    int    `json:"bytes"`
	Overflow string `json:"overflow"`
}

// Account is core.Account in JSON: in = delivered + filtered + dead-lettered + expired + all dropped + queued +
// in-flight.
type Account struct {
	In           uint64 `json:"in"`
	Delivered    uint64 `json:"delivered"`
	Filtered     uint64 `json:"filtered"`
	DeadLettered uint64 `json:"dead-lettered"`
	Expired      uint64 `json:"expired"`
	// Dropped holds the reasons that occurred.
	Dropped  map[string]uint64 `json:"dropped"`
	Queued   uint64            `json:"queued"`
	InFlight uint64            `json:"in-flight"`
	Retried  uint64            `json:"retried"`
	Returned uint64            `json:"returned"`
}
