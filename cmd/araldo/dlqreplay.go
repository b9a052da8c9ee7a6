package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/control"
	"github.com/araldo-relay/araldo/plugins/file/done"
	"github.com/araldo-relay/araldo/plugins/file/record"
)

// What is given to the hub at once: what of it is settled is noted together, and comes twice where that fails.
const (
	replayMessages = 64
	replayBytes    = 1 << 20
)

// replayedLetter is a dead letter of `dlq replay` and `dlq drop`; its JSON names are a promise.
type replayedLetter struct {
	Record string `json:"record"`
	ID     string `json:"id"`
	Route  string `json:"route"`
	Outlet string `json:"outlet"`
	// Done: it is no dead letter any more.
	Done    bool   `json:"done"`
	Verdict string `json:"verdict"`
	Reason  string `json:"reason,omitempty"`
}

// replay sends the letters of one box again.
type replay struct {
	client *control.Client
	marks  *done.Writer
	seen   []replayedLetter
	kept   int
}

func replayDead(command *cobra.Command, args []string) (failed error) {
	format, err := formatOf(command, formatText, formatJSON)
	if err != nil {
		return err
	}
	b, err := findBox(command)
	if err != nil {
		return err
	}
	dead, marks, err := b.hold(command, args)
	if err != nil || marks == nil {
		return err
	}
	defer func() { failed = errors.Join(failed, marks.Close()) }()
	client, err := dial(command)
	if err != nil {
		return err
	}
	r := &replay{client: client, marks: marks, seen: []replayedLetter{}}
	err = r.run(command.Context(), dead)
	_, swept := marks.Sweep()
	if again := r.dead(); err == nil && r.kept+again > 0 {
		err = &keptError{kept: r.kept, again: again, of: len(dead)}
	}
	return errors.Join(r.print(command.OutOrStdout(), format), err, swept)
}

// dead is how many died again, as new dead letters.
func (r *replay) dead() int {
	return r.verdicts()[core.VerdictDeadLettered.String()]
}

// verdicts counts what became of the letters.
func (r *replay) verdicts() map[string]int {
	counts := map[string]int{}
	for _, one := range r.seen {
		counts[one.Verdict]++
	}
	return counts
}

// hold takes the right to deal with the letters that the arguments name. Where the folder is not there, there are none,
// and marks is nil.
func (b *box) hold(command *cobra.Command, args []string) (dead []letter, marks *done.Writer, err error) {
	all, _ := command.Flags().GetBool("all")
	if dead, err = b.open(); err != nil {
		return nil, nil, err
	}
	if len(dead) == 0 && all {
		_, err = fmt.Fprintf(command.ErrOrStderr(), "araldo: there are no dead letters at %s\n", b.endpoint)
		return nil, nil, err
	}
	if dead, err = b.picked(dead, args, all); err != nil {
		return nil, nil, err
	}
	if marks, err = done.Open(b.folder); err != nil {
		return nil, nil, fmt.Errorf("dead letters at %s: %w", b.endpoint, err)
	}
	// Somebody may have dealt with some of them before marks were ours.
	left := dead[:0]
	for _, l := range dead {
		if !marks.Has(&l.Entry) {
			left = append(left, l)
		}
	}
	return left, marks, nil
}

func (r *replay) run(ctx context.Context, dead []letter) error {
	for len(dead) > 0 {
		n := together(dead)
		if err := r.group(ctx, dead[:n]); err != nil {
			return err
		}
		dead = dead[n:]
	}
	return nil
}

// together is how many letters from the first on go to one outlet and make one request.
func together(dead []letter) int {
	n, bytes := 1, dead[0].Message.Size()
	for n < len(dead) && n < replayMessages && dead[n].way() == dead[0].way() {
		if bytes += dead[n].Message.Size(); bytes > replayBytes {
			break
		}
		n++
	}
	return n
}

// group sends letters of one outlet again, and notes those that are settled also where it is interrupted. Those of an
// outlet that the hub does not have stay.
func (r *replay) group(ctx context.Context, dead []letter) error {
	request := control.ReplayRequest{Route: dead[0].story.Route, Outlet: dead[0].story.Outlet}
	for i := range dead {
		request.Records = append(request.Records, recordOf(&dead[i]))
	}
	var settled []record.Entry
	err := r.client.Replay(ctx, request, func(one control.Replayed) error {
		if one.Index < 0 || one.Index >= len(dead) {
			return errors.New("the hub speaks of a message that it was not given")
		}
		if one.Settled {
			settled = append(settled, dead[one.Index].Entry)
		}
		r.note(&dead[one.Index], one)
		return nil
	})
	var refused *control.Error
	if errors.As(err, &refused) && refused.Code == control.CodeUnknownOutlet {
		for i := range dead {
			r.note(&dead[i], control.Replayed{Verdict: "no such outlet"})
		}
		err = nil
	}
	return errors.Join(r.marks.Mark(settled), err)
}

func recordOf(l *letter) control.ReplayRecord {
	m := &l.Message
	return control.ReplayRecord{ID: m.ID.String(), Time: time.Unix(0, m.Time).UTC(), ContentType: m.Header.ContentType,
		Attributes: attributesOf(l.own), PayloadBase64: m.Payload}
}

func (r *replay) note(l *letter, one control.Replayed) {
	if !one.Settled {
		r.kept++
	}
	r.seen = append(r.seen, replayedLetter{Record: l.place(), ID: l.Message.ID.String(), Route: l.story.Route,
		Outlet: l.story.Outlet, Done: one.Settled, Verdict: one.Verdict, Reason: one.Reason})
}

func (r *replay) print(w io.Writer, format string) error {
	if format == formatJSON {
		return writeJSON(w, r.seen)
	}
	p := &page{screen: screenOf(w)}
	for _, one := range r.seen {
		verdict := p.paint(one.Verdict, stateStyles[one.Verdict])
		if one.Reason != "" {
			verdict += " (" + one.Reason + ")"
		}
		if !one.Done {
			verdict += ", stays"
		}
		_, err := fmt.Fprintf(w, "%s %s -> %s: %s\n", one.Record, plain(one.Route), plain(one.Outlet), verdict)
		p.keep(err)
	}
	p.line("%s", r.summary())
	return p.err
}

// summary is how many letters there were, and with each verdict.
func (r *replay) summary() string {
	counts := r.verdicts()
	var parts []string
	for _, verdict := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%d %s", counts[verdict], verdict))
	}
	return counted(len(r.seen), "dead letter") + ": " + cmp.Or(strings.Join(parts, ", "), "nothing to send")
}
