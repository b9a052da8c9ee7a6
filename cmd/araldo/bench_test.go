package main

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/araldo-relay/araldo/cmd/araldo/bench"
	"github.com/araldo-relay/araldo/core/control"
)

// delays is a histogram of a mock's.
func delays(counts map[string]int64) bench.Latency {
	figures := []control.Figure{{Name: "received", Value: 1}}
	for bound, n := range counts {
		figures = append(figures, control.Figure{Name: "latency-" + bound, Value: n})
	}
	return bench.LatencyOf(figures)
}

func TestAHistogramOfText(t *testing.T) {
	var out strings.Builder
	p := &page{screen: screen{w: &out}}
	p.histogram(delays(map[string]int64{"180000": 1, "199999": 2, "450000": 6, "3000000": 1, "longest": 2_900_000}))
	want := `
LATENCY       SHARE
up to 200 us  30 %   ████████████████████
up to 500 us  60 %   ████████████████████████████████████████
up to 1 ms    0 %
up to 2 ms    0 %
up to 5 ms    10 %   ██████▋
`
	if p.err != nil || out.String() != want {
		t.Errorf("%v\n%s", p.err, out.String())
	}
}

// All processes of a route have their share of CPU in the table, which must not push the latencies out of a terminal.
func TestANarrowTerminalShowsTheLatencies(t *testing.T) {
	r := bench.Result{Inbound: "browsers", Outlet: "orders", Duration: time.Second, Messages: 1000, Latency: delays(map[string]int64{"1000": 5}),
		Times: map[string]time.Duration{"hub": time.Second, "marshal": time.Second, "mock/browsers": time.Second, "mock/orders": time.Second}}
	b := benchedOf(&r)
	var out strings.Builder
	p := &page{screen: screen{w: &out, width: 80}}
	p.bench(&b, &r)
	for _, want := range []string{"  P50  ", "  P99.9  ", "  MAX  ", "4 ms (hub 1 ms,", "mock/orders 1 ms)"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, out.String())
		}
	}
}

func TestADrawingIsWellFormed(t *testing.T) {
	for _, l := range []bench.Latency{{}, delays(map[string]int64{"1000": 5, "longest": 1000}),
		delays(map[string]int64{"1000": 5, "60000000000": 1, "longest": 59_000_000_000})} {
		r := bench.Result{Inbound: "a", Outlet: "b", Duration: time.Second, Messages: 5, Latency: l}
		b := benchedOf(&r)
		text := drawing("<a> & -> b: messages", &b, l)
		decoder := xml.NewDecoder(strings.NewReader(text))
		for {
			_, err := decoder.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%v in\n%s", err, text)
			}
		}
		if strings.Contains(text, "NaN") || strings.Contains(text, "Inf") {
			t.Errorf("no number:\n%s", text)
		}
	}
}

func TestTheMeterIsForTerminals(t *testing.T) {
	var out strings.Builder
	now := bench.Progress{Elapsed: 2300 * time.Millisecond, PerSecond: 412_345, Waiting: 17, Lost: 3}
	meter{screen{w: &out}, 10 * time.Second}.show(now)
	if out.Len() > 0 {
		t.Errorf("a pipe got %q", out.String())
	}
	meter{screen{w: &out, terminal: true, width: 50}, 10 * time.Second}.show(now)
	line, erased := strings.CutPrefix(out.String(), eraseLine)
	if !erased || !strings.HasPrefix(line, "2.3s of 10s   412,345 messages/s") || utf8.RuneCountInString(line) >= 50 || strings.Contains(line, "\n") {
		t.Errorf("a terminal got %q", out.String())
	}
}

func TestNumbersForPeople(t *testing.T) {
	for n, want := range map[float64]string{0: "0", 9.5: "9.5", 999: "999", 1000: "1,000", 1234567.4: "1,234,567"} {
		if got := thousands(n); got != want {
			t.Errorf("%v is %s", n, got)
		}
	}
	for d, want := range map[time.Duration]string{931: "931 ns", 1930: "1.93 us", 254 * time.Microsecond: "254 us", 1100 * time.Millisecond: "1.1 s"} {
		if got := shortTime(d); got != want {
			t.Errorf("%v is %s", d, got)
		}
	}
}

func TestADocumentHasItsSize(t *testing.T) {
	for _, size := range []int{len(emptyDocument), 128, 1000} {
		if got := len(jsonOf(size)); got != size {
			t.Errorf("%d bytes, want %d", got, size)
		}
	}
}
