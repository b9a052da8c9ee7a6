package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/araldo-relay/araldo/core/control"
)

// shownPayload is how much of a payload a line shows, in bytes, without --full.
const shownPayload = 200

func newTap() *cobra.Command {
	command := &cobra.Command{
		Use:   "tap NAME",
		Short: "Watch messages pass an endpoint of a running hub, and what becomes of them",
		Long: "Watch messages pass an endpoint of a running hub until Ctrl-C: what it receives (in), and what became of the\n" +
			"messages that were to go to it (out): delivered, filtered, expired, dead-lettered, or dropped and why.\n\n" +
			"A tap never slows the hub: one that can't keep up loses messages and says how many.",
		Args: oneName,
		RunE: tap,
	}
	addHubFlags(command)
	f := command.Flags()
	f.String("direction", "", "`DIRECTION` to show: in or out (default both)")
	f.String("format", formatText, "`FORMAT` of the output: text, or json for one object per line")
	f.Int("count", 0, "end after `N` messages")
	f.Duration("timeout", 0, "end after this `TIME`, such as 10s; before --count messages came it is an error")
	f.Bool("full", false, "show payloads whole")
	return command
}

// tapping is one tap that runs.
type tapping struct {
	screen
	format      string
	count, seen int
	full        bool
}

var errEnough = errors.New("as many messages as were asked for")

func tap(command *cobra.Command, args []string) error {
	flags := command.Flags()
	t := tapping{screen: screenOf(command.OutOrStdout())}
	t.format, _ = flags.GetString("format")
	t.count, _ = flags.GetInt("count")
	t.full, _ = flags.GetBool("full")
	direction, _ := flags.GetString("direction")
	limit, _ := flags.GetDuration("timeout")
	if err := oneOf("format", t.format, formatText, formatJSON); err != nil {
		return err
	}
	if flags.Changed("direction") {
		if err := oneOf("direction", direction, control.DirectionIn, control.DirectionOut); err != nil {
			return err
		}
	}
	if t.count < 0 || limit < 0 {
		return &usageError{"--count and --timeout can't be negative", "leave them out for no end"}
	}
	client, err := dial(command)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(command.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	request := control.TapRequest{Endpoint: args[0], In: direction != control.DirectionOut, Out: direction != control.DirectionIn,
		Full: t.full}
	begun := func() { fmt.Fprintf(command.ErrOrStderr(), "araldo: tapping %s\n", args[0]) }
	err = client.Tap(ctx, request, begun, t.show)
	return t.end(ctx, err, limit)
}

// end says how a tap ended.
func (t *tapping) end(ctx context.Context, err error, limit time.Duration) error {
	switch {
	case errors.Is(err, errEnough):
		return nil
	case err == nil && t.count > 0 && errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fmt.Errorf("%s of %d within %s", counted(t.seen, "message"), t.count, limit)
	}
	return err
}

func (t *tapping) show(e control.TapEvent) error {
	if err := t.print(e); err != nil {
		return err
	}
	if e.Lost > 0 {
		return nil
	}
	if t.seen++; t.seen == t.count {
		return errEnough
	}
	return nil
}

func (t *tapping) print(e control.TapEvent) error {
	if t.format == formatJSON {
		encoder := json.NewEncoder(t.w)
		encoder.SetEscapeHTML(false)
		return encoder.Encode(e)
	}
	_, err := fmt.Fprintln(t.w, t.line(e))
	return err
}

// line is an event for people: time, way, verdict, then what the message is.
func (t *tapping) line(e control.TapEvent) string {
	at := t.paint(e.Time.Local().Format("15:04:05.000"), faint)
	if e.Lost > 0 {
		return at + " " + t.paint(fmt.Sprintf("... %s not shown: the tap could not keep up", counted(int(e.Lost), "message")), yellow)
	}
	way := e.Endpoint + " <-"
	if e.Direction == control.DirectionOut {
		way = e.Route + " -> " + e.Endpoint
		if e.Outlet != e.Endpoint {
			way += " (" + e.Outlet + ")"
		}
	}
	verdict := t.paint(e.Verdict, stateStyles[e.Verdict])
	if e.Reason != "" {
		verdict += " (" + e.Reason + ")"
	}
	return fmt.Sprintf("%s %-3s %s  %s  %s%s", at, e.Direction, way, verdict, t.attributes(e), t.payload(e))
}

func (t *tapping) attributes(e control.TapEvent) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(e.Attributes)) {
		b.WriteString(t.paint(name+"="+plain(e.Attributes[name]), faint) + " ")
	}
	return b.String()
}

// payload is the payload in quotes, cut to what is to be shown, and its size where that is not all.
func (t *tapping) payload(e control.TapEvent) string {
	payload := e.Bytes()
	if !t.full && len(payload) > shownPayload {
		payload = payload[:shownPayload]
		for n := 0; n < utf8.UTFMax && e.Payload != "" && !utf8.Valid(payload); n++ {
			payload = payload[:len(payload)-1]
		}
	}
	text := escaped(payload)
	if len(payload) < e.Size {
		text += fmt.Sprintf("... (%d bytes)", e.Size)
	}
	return text
}

// escaped is a payload as text in quotes: what is no printable character stands as in Go and JSON strings, so nothing in
// it steers the terminal, and no quote of its own is escaped, so that JSON stays readable.
func escaped(payload []byte) string {
	text := strconv.Quote(string(payload))
	return "'" + strings.ReplaceAll(text[1:len(text)-1], `\"`, `"`) + "'"
}
