package main

import (
	"encoding/base64"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/araldo-relay/araldo/core"
)

// listedLetter is a dead letter of `dlq list` and `dlq show`; its JSON names are a promise.
type listedLetter struct {
	Record   string    `json:"record"`
	ID       string    `json:"id"`
	Route    string    `json:"route"`
	Outlet   string    `json:"outlet"`
	Reason   string    `json:"reason"`
	Attempts uint64    `json:"attempts"`
	First    time.Time `json:"first"`
	Last     time.Time `json:"last"`
	Error    string    `json:"error"`
	Size     int       `json:"size"`
	// What follows is shown by `dlq show` alone.
	Time          *time.Time        `json:"time,omitempty"`
	ContentType   string            `json:"content-type,omitempty"`
	Attributes    map[string]string `json:"attributes,omitempty"`
	Payload       *string           `json:"payload,omitempty"`
	PayloadBase64 []byte            `json:"payload-base64,omitempty"`
}

func listed(l *letter) listedLetter {
	return listedLetter{Record: l.place(), ID: l.Message.ID.String(), Route: l.story.Route, Outlet: l.story.Outlet,
		Reason: l.story.Reason, Attempts: l.story.Attempts, First: l.story.First, Last: l.story.Last, Error: l.story.Error,
		Size: l.Message.Size()}
}

// whole is a letter with its message.
func whole(l *letter) listedLetter {
	out := listed(l)
	at := time.Unix(0, l.Message.Time).UTC()
	out.Time, out.ContentType = &at, l.Message.Header.ContentType
	out.Attributes = attributesOf(l.own)
	if text := string(l.Message.Payload); utf8.ValidString(text) {
		out.Payload = &text
	} else {
		out.PayloadBase64 = l.Message.Payload
	}
	return out
}

func attributesOf(as core.Attributes) map[string]string {
	values := make(map[string]string, len(as))
	for _, a := range as {
		values[a.Name] = a.Value
	}
	return values
}

func listDead(command *cobra.Command, _ []string) error {
	format, err := formatOf(command, formatText, formatJSON)
	if err != nil {
		return err
	}
	limit, _ := command.Flags().GetInt("limit")
	if limit < 0 {
		return &usageError{fmt.Sprintf("--limit %d is not allowed", limit), "0 shows all"}
	}
	b, err := findBox(command)
	if err != nil {
		return err
	}
	dead, err := b.open()
	if err != nil {
		return err
	}
	total := len(dead)
	if limit > 0 && total > limit {
		dead = dead[total-limit:]
	}
	if format == formatJSON {
		list := make([]listedLetter, len(dead))
		for i := range dead {
			list[i] = listed(&dead[i])
		}
		return writeJSON(command.OutOrStdout(), list)
	}
	p := &page{screen: screenOf(command.OutOrStdout())}
	p.deadLetters(b, dead, total)
	return p.err
}

// deadTime is how times stand in tables: to the second, as the reader's clock shows them.
const deadTime = "2006-01-02 15:04:05"

func (p *page) deadLetters(b *box, dead []letter, total int) {
	shown := ""
	if len(dead) < total {
		shown = fmt.Sprintf(", the newest %d", len(dead))
	}
	p.line("%s at %s (%s)%s", counted(total, "dead letter"), b.endpoint, b.folder, shown)
	rows := [][]string{{"RECORD", "LAST ATTEMPT", "ROUTE -> OUTLET", "REASON", "TRIES", "SIZE", "LAST ERROR"}}
	for i := range dead {
		l := &dead[i]
		rows = append(rows, []string{l.place(), l.story.Last.Local().Format(deadTime), l.way(), l.story.Reason,
			fmt.Sprint(l.story.Attempts), fmt.Sprint(l.Message.Size()), l.story.Error})
	}
	p.table(rows)
	if note := b.note(); note != "" {
		p.line("not shown: %s", note)
	}
}

func showDead(command *cobra.Command, args []string) error {
	format, err := formatOf(command, formatText, formatJSON)
	if err != nil {
		return err
	}
	b, err := findBox(command)
	if err != nil {
		return err
	}
	dead, err := b.open()
	if err != nil {
		return err
	}
	if dead, err = b.picked(dead, args, false); err != nil {
		return err
	}
	if format == formatJSON {
		list := make([]listedLetter, len(dead))
		for i := range dead {
			list[i] = whole(&dead[i])
		}
		return writeJSON(command.OutOrStdout(), list)
	}
	p := &page{screen: screenOf(command.OutOrStdout())}
	for i := range dead {
		if i > 0 {
			p.line("")
		}
		p.deadLetter(&dead[i])
	}
	return p.err
}

// deadLetter shows one with its payload.
func (p *page) deadLetter(l *letter) {
	one := whole(l)
	attempts := fmt.Sprintf("%d, from %s to %s", one.Attempts, one.First.Local().Format(deadTime), one.Last.Local().Format(deadTime))
	if one.Attempts == 0 {
		attempts = "0, given up " + one.Last.Local().Format(deadTime)
	}
	for _, row := range [][2]string{{"record", one.Record}, {"id", one.ID}, {"outlet", l.way()}, {"reason", one.Reason},
		{"attempts", attempts}, {"last error", one.Error}, {"received", one.Time.Local().Format(deadTime)},
		{"content type", one.ContentType}} {
		if row[1] != "" {
			p.line("%-13s %s", row[0], row[1])
		}
	}
	for i, a := range l.own {
		p.line("%-13s %s=%s", map[bool]string{true: "attributes"}[i == 0], a.Name, a.Value)
	}
	text, form := shownWhole(l.Message.Payload)
	p.line("%-13s %s%s", "payload", counted(one.Size, "byte"), form)
	_, err := fmt.Fprintln(p.w, text)
	p.keep(err)
}

// shownWhole is a payload as it can be printed: as it is where that is text that no terminal obeys, else in base64.
func shownWhole(payload []byte) (text, form string) {
	obeyed := func(r rune) bool { return r != '\n' && r != '\t' && !unicode.IsPrint(r) }
	if utf8.Valid(payload) && !strings.ContainsFunc(string(payload), obeyed) {
		return string(payload), ""
	}
	return base64.StdEncoding.EncodeToString(payload), ", in base64"
}
