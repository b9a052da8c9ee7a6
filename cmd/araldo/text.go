package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/araldo-relay/araldo/core/control"
)

// page writes a status for people: aligned tables and lines. The first error of its writer stays in err.
type page struct {
	screen
	at  time.Time
	err error
}

// printText writes the status; with a name, all details of that endpoint or plugin.
func printText(s screen, status control.Status, name string) error {
	p := &page{screen: s, at: status.Since.Add(seconds(status.UptimeSeconds))}
	if name == "" {
		p.overview(status)
		return p.err
	}
	p.details(status, name)
	p.routes(status.Routes)
	return p.err
}

func (p *page) overview(s control.Status) {
	p.line("araldo %s, pid %d, up %s, configuration %s", s.Version, s.PID, seconds(s.UptimeSeconds).Round(time.Second), s.Config)
	if s.Metrics != "" {
		p.line("metrics at %s", s.Metrics)
	}
	if s.Reload.Failure != "" {
		p.line("not reloaded since %s: %s", s.Reload.FailedTime.Format(time.RFC3339), s.Reload.Failure)
	}
	p.plugins(s.Plugins)
	p.endpoints(s.Endpoints)
	p.marshallings(s.Marshallings)
	p.routes(s.Routes)
}

func (p *page) plugins(list []control.Plugin) {
	rows := [][]string{{"PLUGIN", "VERSION", "PID", "STATE", "FOR", "RESTARTS", "LAST ERROR"}}
	for _, one := range list {
		rows = append(rows, []string{one.Name, one.Version, pidText(one.PID), one.State, p.since(one.Since),
			fmt.Sprint(one.Restarts), one.LastError})
	}
	p.table(rows)
}

// pidText shows the pid of a process that may not run.
func pidText(pid int) string {
	if pid == 0 {
		return "-"
	}
	return fmt.Sprint(pid)
}

func (p *page) endpoints(list []control.Endpoint) {
	rows := [][]string{{"ENDPOINT", "ID", "STATE", "FOR", "RECEIVED", "NOTES"}}
	for _, one := range list {
		rows = append(rows, []string{one.Name, one.ID, one.State, p.since(one.Since), fmt.Sprint(one.Received),
			strings.Join(endpointNotes(one), "; ")})
	}
	p.table(rows)
}

func (p *page) marshallings(list []control.Marshalling) {
	rows := [][]string{{"MARSHALLING", "ID", "STATE", "FOR", "DECODED", "ENCODED", "NOTES"}}
	for _, one := range list {
		rows = append(rows, []string{one.Name, one.ID, one.State, p.since(one.Since), fmt.Sprint(one.Decoded), fmt.Sprint(one.Encoded),
			strings.Join(marshallingNotes(one), "; ")})
	}
	p.table(rows)
}

func marshallingNotes(m control.Marshalling) []string {
	var notes []string
	if m.Cause != "" {
		notes = append(notes, m.Cause)
	}
	notes = appendCount(notes, "failed", m.Failed)
	notes = appendCount(notes, "restarts", uint64(m.Restarts))
	return appendReasons(notes, "rejected", m.Rejected)
}

// endpointNotes are the things that are not as usual.
func endpointNotes(e control.Endpoint) []string {
	var notes []string
	if e.Cause != "" {
		notes = append(notes, e.Cause)
	}
	notes = appendCount(notes, "restarts", uint64(e.Restarts))
	notes = appendCount(notes, "unrouted", e.Unrouted)
	notes = appendReasons(notes, "rejected", e.Rejected)
	notes = appendCount(notes, "gaps", e.Gaps)
	notes = appendCount(notes, "missed", e.Missed)
	return notes
}

// routes shows what became of the messages at each outlet; the first four numbers and the notes' make up what came in.
func (p *page) routes(list []control.Route) {
	rows := [][]string{{"ROUTE", "MODE", "GUARANTEE", "IN", "DELIVERED", "QUEUED", "IN FLIGHT", "NOTES"}}
	for _, route := range list {
		for _, o := range route.Outlets {
			rows = append(rows, []string{routeName(route, o), o.Mode, o.Guarantee, fmt.Sprint(o.Account.In), fmt.Sprint(o.Account.Delivered),
				fmt.Sprint(o.Account.Queued), fmt.Sprint(o.Account.InFlight), strings.Join(outletNotes(o), "; ")})
		}
	}
	p.table(rows)
}

func routeName(route control.Route, o control.Outlet) string {
	name := route.Inbound + " -> " + o.To
	if o.DeadLetterOf != "" {
		return name + " (dead letters of " + o.DeadLetterOf + ")"
	}
	if o.Name != o.To {
		name += " (" + o.Name + ")"
	}
	return name
}

func outletNotes(o control.Outlet) []string {
	var notes []string
	a := o.Account
	if o.When != "" {
		notes = append(notes, "when "+o.When)
	}
	notes = appendReasons(notes, "dropped", a.Dropped)
	notes = appendCount(notes, "filtered", a.Filtered)
	notes = appendCount(notes, "dead-lettered", a.DeadLettered)
	notes = appendCount(notes, "expired", a.Expired)
	notes = appendCount(notes, "retried", a.Retried)
	notes = appendCount(notes, "returned", a.Returned)
	notes = appendRequests(notes, o.Requests)
	if a.Queued > 0 {
		notes = append(notes, "oldest waits "+seconds(o.OldestAgeSeconds).Round(time.Millisecond).String())
	}
	if o.Paused != "" {
		notes = append(notes, "paused: "+o.Paused)
	}
	if o.LastFailure != "" {
		notes = append(notes, "last failure: "+o.LastFailure)
	}
	return notes
}

func appendRequests(notes []string, r *control.Requests) []string {
	if r == nil {
		return notes
	}
	notes = append(notes, fmt.Sprintf("requests %d pending, %d answered", r.Pending, r.Answered))
	notes = appendCount(notes, "timed out", r.TimedOut)
	return appendCount(notes, "displaced", r.Displaced)
}

func appendCount(notes []string, what string, n uint64) []string {
	if n == 0 {
		return notes
	}
	return append(notes, fmt.Sprintf("%s %d", what, n))
}

// appendReasons adds a count for each reason that occurred, by name.
func appendReasons(notes []string, what string, reasons map[string]uint64) []string {
	var named []string
	for reason, n := range reasons {
		named = appendCount(named, reason, n)
	}
	if len(named) == 0 {
		return notes
	}
	slices.Sort(named)
	return append(notes, what+": "+strings.Join(named, ", "))
}

// since is how long ago that was by the hub's clock.
func (p *page) since(then time.Time) string {
	if then.IsZero() {
		return "-"
	}
	return max(p.at.Sub(then), 0).Round(time.Second).String()
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// table writes rows in columns after an empty line, nothing where there is no row below the heading.
func (p *page) table(rows [][]string) {
	if len(rows) < 2 {
		return
	}
	for _, row := range rows {
		for i := range row {
			row[i] = plain(row[i])
		}
	}
	_, err := fmt.Fprint(p.w, "\n", p.columns(rows))
	p.keep(err)
}

// line writes one line.
func (p *page) line(format string, args ...any) { p.styled(plainStyle, format, args...) }

// styled writes one line all in a style.
func (p *page) styled(as style, format string, args ...any) {
	_, err := fmt.Fprintln(p.w, p.paint(plain(fmt.Sprintf(format, args...)), as))
	p.keep(err)
}

func (p *page) keep(err error) {
	if p.err == nil {
		p.err = err
	}
}

// plain keeps what comes from plugins and their peers from steering the terminal.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
}
