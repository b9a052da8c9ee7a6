package router_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/coretest"
	"github.com/araldo-relay/araldo/core/document"
	"github.com/araldo-relay/araldo/core/router"
	"github.com/araldo-relay/araldo/routes"
	"pgregory.net/rapid"
)

func when(t interface{ Fatal(...any) }, expression string) *routes.Filter {
	doc, ps := document.Parse("f", fmt.Appendf(nil, "a: [{to: b, when: %q}]", expression))
	if ps.Failed() {
		t.Fatal(ps)
	}
	list, ps := routes.Parse(doc.Root())
	if ps.Failed() {
		t.Fatal(ps)
	}
	return list[0].Outlets[0].When
}

// decodes makes "\x01", which is CBOR, of each empty payload.
func decodes() *coretest.Converter { return &coretest.Converter{Prefix: "\x01"} }

func undecodable(core.Message) string { return "bad" }

// sees is what an outlet got: each message's number, ! where it has a fault, and how many were filtered or overflowed.
func sees(o *coretest.Outlet) string {
	var words []string
	for _, batch := range o.Take() {
		faults := batch.Faults
		for i := range batch.Messages {
			word := fmt.Sprint(coretest.Number(&batch.Messages[i]))
			if len(faults) > 0 && faults[0].Index == i {
				word += "!" + faults[0].Reason.String()
				faults = faults[1:]
			}
			words = append(words, word)
		}
		if batch.Filtered+batch.Overflowed > 0 {
			words = append(words, fmt.Sprintf("-%d,%d", batch.Filtered, batch.Overflowed))
		}
		if batch.Spent > 0 {
			words = append(words, fmt.Sprintf("spent %d", batch.Spent))
		}
	}
	return strings.Join(words, " ")
}

// kinds makes a batch whose messages have those kinds as attribute; - has none, and a digit is a number of hops.
func kinds(first uint64, list string) core.Batch {
	batch := coretest.Batch("a", first, len(list), 0)
	for i, kind := range list {
		switch {
		case kind >= '0' && kind <= '9':
			batch.Messages[i].Header = &core.Header{Attributes: core.NewAttributes(core.Attribute{Name: "hops", Value: string(kind)},
				core.Attribute{Name: "kind", Value: "x"})}
		case kind != '-':
			batch.Messages[i].Header = &core.Header{Attributes: core.NewAttributes(core.Attribute{Name: "kind", Value: string(kind)})}
		}
	}
	return batch
}

func TestFiltersLeaveOutAndErrorsStay(t *testing.T) {
	var all, some, none coretest.Outlet
	r := router.New(quiet())
	r.Swap(map[string][]router.Outlet{"a": {
		{Target: &all}, {Target: &some, When: when(t, "attributes.kind == 'x'")}, {Target: &none, When: when(t, "source == 'b'")},
	}})
	r.Accept(kinds(0, "xyyx-"))
	r.Accept(kinds(5, "xx"))
	for outlet, want := range map[*coretest.Outlet]string{
		&all: "0 1 2 3 4 5 6", &some: "0 3 4!filter-error -2,0 5 6", &none: "-5,0 -2,0",
	} {
		if got := sees(outlet); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// parity: A10
func TestOutletsThatNeedValuesWaitForThemAndOthersDoNot(t *testing.T) {
	var raw, values, looks coretest.Outlet
	decoder := decodes()
	r := router.New(quiet())
	r.Swap(map[string][]router.Outlet{"a": {
		{Target: &raw}, {Target: &values, Decoder: decoder, Values: true}, {Target: &looks, Decoder: decoder, When: when(t, "data == 1")},
	}})
	first, second := coretest.Batch("a", 0, 2, 0), coretest.Batch("a", 2, 3, 0)
	r.Accept(first)
	r.Accept(second)
	if got := sees(&raw); got != "0 1 2 3 4" {
		t.Errorf("who needs the bytes alone got %q", got)
	}
	if sees(&values)+sees(&looks) != "" || decoder.Total() != 2 {
		t.Errorf("values before their decoding, or %d calls of the decoder", decoder.Total())
	}
	decoder.Answer(core.ReasonUndecodable, func(core.Message) string { return "" })
	decoder.Answer(core.ReasonUndecodable, func(m core.Message) string {
		if coretest.Number(&m) == 3 {
			return "bad"
		}
		return ""
	})
	got := values.Take()
	if len(got) != 2 || string(got[0].Messages[0].Payload) != "\x01" || got[0].Pinned != 2 || len(got[1].Faults) != 1 {
		t.Errorf("values: %+v", got)
	}
	got = looks.Take()
	if len(got) != 2 || len(got[0].Messages[0].Payload) != 0 || len(got[1].Messages) != 3 || got[1].Faults[0].Index != 1 {
		t.Errorf("bytes of who looks at the values: %+v", got)
	}
}

// What comes while the decoder is busy is decoded by one call.
func TestWaitingBatchesAreDecodedTogether(t *testing.T) {
	var values coretest.Outlet
	decoder := decodes()
	r := router.New(quiet())
	r.Swap(map[string][]router.Outlet{"a": {{Target: &values, Decoder: decoder, Values: true}}})
	for i := range uint64(100) {
		r.Accept(coretest.Batch("a", 2*i, 2, 0))
	}
	for decoder.Waiting() > 0 {
		decoder.Answer(core.ReasonUndecodable, func(m core.Message) string {
			if n := coretest.Number(&m); n == 50 || n == 53 {
				return "bad"
			}
			return ""
		})
	}
	if decoder.Total() != 3 {
		t.Errorf("%d calls, want 3", decoder.Total())
	}
	batches := values.Take()
	if len(batches) != 100 {
		t.Fatalf("%d batches", len(batches))
	}
	for i, batch := range batches {
		faulty := i == 25 || i == 26
		if coretest.Number(&batch.Messages[0]) != uint64(2*i) || len(batch.Messages) != 2 || (len(batch.Faults) == 1) != faulty {
			t.Errorf("batch %d: %+v", i, batch)
		}
	}
	if batches[25].Faults[0].Index != 0 || batches[26].Faults[0].Index != 1 {
		t.Errorf("faults %v %v", batches[25].Faults, batches[26].Faults)
	}
}

func TestWhatWaitsForADecoderIsBounded(t *testing.T) {
	decoder := decodes()
	for _, blocks := range []bool{false, true} {
		var values, raw coretest.Outlet
		r := router.New(quiet())
		r.Swap(map[string][]router.Outlet{"a": {{Target: &values, Decoder: decoder, Values: true, Blocks: blocks}, {Target: &raw}}})
		var told coretest.Ticket
		for i := range 100 {
			batch := coretest.Batch("a", uint64(1000*i), 1000, 0)
			batch.Ticket = &told
			r.Accept(batch)
		}
		overflowed := 0
		for _, batch := range values.Take() {
			overflowed += batch.Overflowed
		}
		if want := map[bool]int{false: 94_000, true: 0}[blocks]; overflowed != want {
			t.Errorf("blocks %v: %d overflowed, want %d", blocks, overflowed, want)
		}
		if want := map[bool]int{false: 100, true: 0}[blocks]; told.TimesQueued() != want {
			t.Errorf("blocks %v: the source may go on %d times, want %d", blocks, told.TimesQueued(), want)
		}
		if got := len(raw.Take()); got != 100 {
			t.Errorf("the other outlet got %d batches", got)
		}
	}
}

func TestDrainWaitsForTheDecoderAndCloseGivesUp(t *testing.T) {
	var values coretest.Outlet
	decoder := decodes()
	r := router.New(quiet())
	r.Swap(map[string][]router.Outlet{"a": {{Target: &values, Decoder: decoder, Values: true}}, "b": {{Target: &values}}})
	if err := r.Drain(t.Context()); err != nil {
		t.Error(err)
	}
	for i := range uint64(3) {
		r.Accept(coretest.Batch("a", i, 1, 0))
	}
	drained := make(chan error)
	go func() { drained <- r.Drain(t.Context()) }()
	decoder.AnswerAll()
	if err := <-drained; err != nil {
		t.Error(err)
	}
	values.Take()
	for i := range uint64(3) {
		r.Accept(coretest.Batch("a", i, 1, 0))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.Drain(ctx); err == nil {
		t.Error("drained while messages wait")
	}
	r.Close()
	r.Accept(coretest.Batch("a", 3, 1, 0))
	decoder.Answer(core.ReasonUndecodable, undecodable)
	if got := sees(&values); got != "0 1 2 3" {
		t.Errorf("after the end the outlet has %q", got)
	}
}

func TestSwapKeepsTheOrderOfADecoder(t *testing.T) {
	var values coretest.Outlet
	decoder := decodes()
	r := router.New(quiet())
	for i := range uint64(4) {
		r.Swap(map[string][]router.Outlet{"a": {{Target: &values, Decoder: decoder, Values: true}}})
		r.Accept(coretest.Batch("a", i, 1, 0))
	}
	decoder.AnswerAll()
	if got := sees(&values); got != "0 1 2 3" {
		t.Errorf("got %q", got)
	}
}

// Whatever is filtered, decoded and settled in whatever order: the source hears of each message once, and of the queue.
func TestTicketsKeepTheirMessagesThroughFilters(t *testing.T) {
	attribute, data := when(t, "attributes.kind == 'x'"), when(t, "attributes.kind == 'x' && data == 1")
	rapid.Check(t, func(t *rapid.T) {
		decoder := decodes()
		outlets := make([]router.Outlet, rapid.IntRange(1, 4).Draw(t, "outlets"))
		for i := range outlets {
			o := router.Outlet{Target: &coretest.Outlet{}, Counts: rapid.Bool().Draw(t, "counts")}
			o.Blocks = o.Counts || rapid.Bool().Draw(t, "blocks")
			switch rapid.IntRange(0, 4).Draw(t, "sort") {
			case 1:
				o.When = attribute
			case 2:
				o.Decoder, o.When = decoder, data
			case 3:
				o.Decoder, o.Values = decoder, true
			case 4:
				o.Decoder, o.Values, o.When = decoder, true, data
			}
			outlets[i] = o
		}
		r := router.New(quiet())
		r.Swap(map[string][]router.Outlet{"a": outlets})
		var tickets []*coretest.Ticket
		var sizes []int
		for range rapid.IntRange(1, 5).Draw(t, "batches") {
			list := rapid.StringMatching("[xy78-]{1,8}").Draw(t, "kinds")
			batch := kinds(0, list)
			ticket := &coretest.Ticket{}
			batch.Ticket = ticket
			tickets, sizes = append(tickets, ticket), append(sizes, len(list))
			r.Accept(batch)
		}
		for decoder.Waiting() > 0 {
			decoder.Answer(core.ReasonUndecodable, func(core.Message) string {
				return rapid.SampledFrom([]string{"", "", "bad"}).Draw(t, "decoded")
			})
		}
		settleAll(t, outlets)
		for i, ticket := range tickets {
			if ticket.TimesQueued() != 1 || ticket.Total() != sizes[i] {
				t.Fatalf("batch %d of %d: queued %d times, %d settled", i, sizes[i], ticket.TimesQueued(), ticket.Total())
			}
			for j := range sizes[i] {
				if ticket.TimesSettled(j) != 1 {
					t.Fatalf("message %d of batch %d was settled %d times", j, i, ticket.TimesSettled(j))
				}
			}
		}
	})
}

// settleAll queues and settles all that the outlets got, in parts and in random order.
func settleAll(t *rapid.T, outlets []router.Outlet) {
	var steps []func()
	for _, o := range outlets {
		for _, batch := range o.Target.(*coretest.Outlet).Take() {
			if o.Blocks {
				steps = append(steps, batch.Ticket.Queued)
			}
			for first := 0; o.Counts && first < len(batch.Messages); {
				from, count := first, rapid.IntRange(1, len(batch.Messages)-first).Draw(t, "part")
				steps = append(steps, func() { batch.Ticket.Settled(from, count) })
				first += count
			}
		}
	}
	order := rapid.Permutation(slices.Collect(func(yield func(int) bool) {
		for i := range steps {
			if !yield(i) {
				return
			}
		}
	})).Draw(t, "order")
	for _, i := range order {
		steps[i]()
	}
}

// One operation is a batch of 64 messages.
func BenchmarkFilter(b *testing.B) {
	batch := kinds(0, strings.Repeat("xy", 32))
	for name, outlet := range map[string]router.Outlet{
		"attributes": {Target: nowhere{}, When: when(b, "attributes.kind == 'x'")},
		"source":     {Target: nowhere{}, When: when(b, "source == 'a'")},
	} {
		b.Run(name, func(b *testing.B) {
			r := router.New(quiet())
			r.Swap(map[string][]router.Outlet{"a": {outlet}})
			b.ReportAllocs()
			for b.Loop() {
				r.Accept(batch)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(64*b.N), "ns/message")
		})
	}
}

// A source knows better than its marshalling what is no message; decoding others finds more.
func TestFaultsOfTheSourceAndOfItsDecodingAreUnited(t *testing.T) {
	var values, raw coretest.Outlet
	decoder := decodes()
	r := router.New(quiet())
	r.Swap(map[string][]router.Outlet{"a": {{Target: &raw}, {Target: &values, Decoder: decoder, Values: true}}})
	batch := coretest.Batch("a", 0, 5, 0)
	batch.Faults = []core.Fault{{Index: 1, Reason: core.ReasonTooLarge}, {Index: 3, Reason: core.ReasonTooLarge}}
	r.Accept(coretest.Batch("a", 5, 2, 0))
	r.Accept(batch)
	decoder.Answer(0, func(core.Message) string { return "" })
	decoder.Answer(core.ReasonUndecodable, func(m core.Message) string {
		if n := coretest.Number(&m); n == 2 || n == 3 {
			return "bad"
		}
		return ""
	})
	if got := sees(&values); got != "5 6 0 1!too-large 2!undecodable 3!too-large 4" {
		t.Errorf("values: %s", got)
	}
	if got := sees(&raw); got != "5 6 0 1!too-large 2 3!too-large 4" {
		t.Errorf("bytes: %s", got)
	}
}

// Few messages wait for each other often, when a marshalling has something to do: they must not cost what many would.
func TestDecodingAFewMessagesTakesLittleMemory(t *testing.T) {
	var values coretest.Outlet
	decoder := decodes()
	r := router.New(quiet())
	r.Swap(map[string][]router.Outlet{"a": {{Target: &values, Decoder: decoder, Values: true}}})
	const rounds = 100
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for i := range uint64(rounds) {
		for j := range uint64(4) { // two are decoded, two wait and are decoded together
			r.Accept(coretest.Batch("a", 4*i+j, 1, 10))
		}
		for decoder.Waiting() > 0 {
			decoder.Answer(0, func(core.Message) string { return "" })
		}
	}
	runtime.ReadMemStats(&after)
	if each := (after.TotalAlloc - before.TotalAlloc) / rounds; each > 20<<10 {
		t.Errorf("four messages take %d bytes", each)
	}
	if got := decoder.Total(); got != 3*rounds {
		t.Errorf("%d decodings of %d", got, 3*rounds)
	}
}
