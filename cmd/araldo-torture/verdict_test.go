package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/araldo-relay/araldo/cmd/araldo-torture/ledger"
)

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "araldo")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	buildDir = dir
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		if err := os.RemoveAll(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
		os.Exit(code)
	}))
}

// good is the report of a run that kept all promises.
func good() *report {
	return &report{
		Plan: "mixed", Seed: 7, Rate: 2000, Working: 60, Samples: 200, Fresh: true,
		Figures: ledger.Figures{Sent: 120_000, Acked: 119_000, Delivered: 118_800, DeadLettered: 230, Seen: 100_000, Duplicates: 40},
		Faults:  []happened{{Kind: "kill-hub", Evidence: "it died"}},
		Before:  sample{Goroutines: 80, Descriptors: 100}, After: sample{Goroutines: 82, Descriptors: 99},
		EarlyMemory: 100 << 20, LateMemory: 110 << 20,
	}
}

func TestEachCheckCanFail(t *testing.T) {
	for _, c := range []struct {
		name   string
		doctor func(*report)
		fails  string
	}{
		{"a good run", func(*report) {}, ""},
		{"missing", func(r *report) { r.Figures.Missing = 1 }, "every accepted message arrives"},
		{"unreadable", func(r *report) { r.Figures.Unread = 1 }, "every accepted message arrives"},
		{"forged", func(r *report) { r.Figures.Forged = 1 }, "nothing arrives that was not sent"},
		{"wrong payload", func(r *report) { r.Figures.Wrong = 1 }, "every payload is the one of its message"},
		{"nothing passes afterwards", func(r *report) { r.Fresh = false }, "a fresh message passes"},
		{"no traffic", func(r *report) { r.Figures.Acked = 0; r.Working = 0 }, "the run was not vacuous"},
		{"too little traffic", func(r *report) { r.Figures.Acked = 59_000 }, "the run was not vacuous"},
		{"no browser", func(r *report) { r.Figures.Seen = 0 }, "the run was not vacuous"},
		{"no faults", func(r *report) { r.Faults = nil }, "the run was not vacuous"},
		{"a fault that did not show", func(r *report) { r.Faults[0].Vacuous = true }, "the run was not vacuous"},
		{"no poison", func(r *report) { r.Figures.GivenUp = 230 }, "the run was not vacuous"},
		{"pending", func(r *report) { r.Pending = 1 }, "nothing stays pending"},
		{"unread", func(r *report) { r.Unread = 1 }, "nothing stays pending"},
		{"residue", func(r *report) { r.Residue = 1 }, "accounts close"},
		{"accounts never looked at", func(r *report) { r.Samples = 0 }, "accounts close"},
		{"goroutines", func(r *report) { r.After.Goroutines += 50 }, "nothing leaks"},
		{"descriptors", func(r *report) { r.After.Descriptors += 50 }, "nothing leaks"},
		{"memory", func(r *report) { r.LateMemory = 300 << 20 }, "nothing leaks"},
		{"twice", func(r *report) { r.Once = true }, "nothing arrives twice"},
		{"a browser cut", func(r *report) { r.Once, r.Figures.Duplicates, r.BrowserEnds = true, 0, 1 }, "nothing arrives twice"},
		{"anything else", func(r *report) { r.Complaints = []string{"orphans"} }, "no other promise is broken"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := good()
			c.doctor(r)
			r.judge()
			for _, found := range r.Checks {
				if found.Held == (found.Name == c.fails) {
					t.Errorf("%+v", found)
				}
			}
			if r.Held != (c.fails == "") {
				t.Errorf("held: %v", r.Held)
			}
		})
	}
}

func TestReportsSayWhatBrokeAndHowToSeeItAgain(t *testing.T) {
	r := good()
	r.Figures.Missing, r.Figures.Faults = 1, []string{"message 17 was accepted and arrived nowhere"}
	r.judge()
	var text bytes.Buffer
	if err := r.write(&text, "text"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"missing 1", "BROKEN every accepted message arrives", "message 17 was accepted", "-plan mixed -seed 7"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the report lacks %q:\n%s", want, &text)
		}
	}
	text.Reset()
	if err := r.write(&text, "json"); err != nil {
		t.Fatal(err)
	}
	var back report
	if err := json.Unmarshal(text.Bytes(), &back); err != nil || back.Held || back.Figures.Missing != 1 {
		t.Errorf("%v, %+v", err, back)
	}
}

func TestQuantiles(t *testing.T) {
	var values []float64
	for n := range 1000 {
		values = append(values, float64(1000-n))
	}
	if got := quantilesOf(values); got != (quantiles{1000, 500, 991, 1000}) {
		t.Errorf("%+v", got)
	}
	if got := quantilesOf([]float64{3}); got != (quantiles{1, 3, 3, 3}) {
		t.Errorf("%+v", got)
	}
}

func TestWrongCommandLines(t *testing.T) {
	for _, line := range []string{"-plan nothing", "-rate 0", "-format xml", "extra", "-duration -1s", "-unknown"} {
		var out, errOut bytes.Buffer
		if code := torture(t.Context(), strings.Fields(line), &out, &errOut); code != 2 || errOut.Len() == 0 {
			t.Errorf("%s: exit %d, said %q", line, code, &errOut)
		}
	}
}
