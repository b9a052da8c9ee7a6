package router_test

import (
	"fmt"
	"testing"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/coretest"
	"github.com/araldo-relay/araldo/core/router"
)

// An outlet with a dead letter gets what the source gave beside the values, message for message, filtered alike.
func TestOriginalsStayBesideTheValues(t *testing.T) {
	var keeps, values coretest.Outlet
	decoder := decodes()
	r := router.New(quiet())
	filter := when(t, "attributes.kind == 'x'")
	r.Swap(map[string][]router.Outlet{"a": {
		{Target: &keeps, Decoder: decoder, Values: true, Keeps: true, When: filter},
		{Target: &values, Decoder: decoder, Values: true, When: filter},
	}})
	batch := kinds(0, "xyx")
	batch.Pinned = 100
	r.Accept(batch)
	decoder.AnswerAll()
	got := keeps.Take()[0]
	if len(got.Messages) != 2 || len(got.Originals) != 2 || got.Pinned != 103 {
		t.Fatalf("got %d messages, %d originals, %d bytes pinned", len(got.Messages), len(got.Originals), got.Pinned)
	}
	for i := range got.Messages {
		value, given := &got.Messages[i], &got.Originals[i]
		if value.ID != given.ID || string(value.Payload) != "\x01" || len(given.Payload) != 0 {
			t.Errorf("message %d is %q, as it was given %q", i, value.Payload, given.Payload)
		}
	}
	if other := values.Take()[0]; other.Originals != nil || other.Pinned != 3 {
		t.Errorf("without a dead letter %d originals are kept, %d bytes pinned", len(other.Originals), other.Pinned)
	}
}

// What comes again is decoded and filtered, goes to the one outlet, and has passed no hub more.
func TestAgainGoesToTheOneOutlet(t *testing.T) {
	for _, values := range []bool{false, true} {
		var target coretest.Outlet
		decoder := decodes()
		o := router.Outlet{Target: &target, Counts: true, When: when(t, "attributes.kind == 'x'")}
		if values {
			o.Decoder, o.Values = decoder, true
		}
		ticket := &coretest.Ticket{}
		batch := kinds(0, "8x-y")
		batch.Ticket = ticket
		o.Again(batch)
		decoder.Answer(core.ReasonUndecodable, func(m core.Message) string {
			if coretest.Number(&m) == 1 {
				return "bad"
			}
			return ""
		})
		batches := target.Take()
		hops := batches[0].Messages[0].Attribute("hops")
		target.Offer(batches[0])
		want := map[bool]string{false: "0 1 2!filter-error -1,0", true: "0 1!undecodable 2!filter-error -1,0"}[values]
		if got := sees(&target); got != want || hops != "8" {
			t.Errorf("values %v: got %q with %s hops, want %q", values, got, hops, want)
		}
		if fmt.Sprint(ticket.TimesSettled(3), ticket.Total()) != "1 1" {
			t.Error("what the filter left out was not settled")
		}
	}
}
