// Command testreport reads the output of `go test -json` from standard input and writes what a person wants of it: one
// line per package, all that a failed test said, the ten slowest tests, and a closing count. It exits 1 if a test or a
// build failed, or if there was none.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// event is a line of `go doc test2json`.
type event struct {
	Action, Package, Test, Output string
	Elapsed                       float64
}

type report struct {
	output                  map[string][]string
	slow                    []event
	passed, failed, skipped int
	broken                  bool
}

func main() {
	r := report{output: map[string][]string{}}
	if err := r.read(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "testreport:", err)
		os.Exit(1)
	}
	r.close()
	if r.failed > 0 || r.skipped > 0 || r.broken || r.passed == 0 {
		os.Exit(1)
	}
}

func (r *report) read(in io.Reader) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			fmt.Println(lines.Text())
			continue
		}
		r.take(e)
	}
	return lines.Err()
}

func (r *report) take(e event) {
	key := e.Package + " " + e.Test
	switch e.Action {
	case "output", "build-output":
		r.output[key] = append(r.output[key], e.Output)
		return
	case "build-fail":
		r.broken = true
		fmt.Print(strings.Join(r.output[key], ""))
	case "fail":
		fmt.Printf("FAIL %s (%.1fs)\n%s", key, e.Elapsed, strings.Join(r.output[key], ""))
		r.broken = true
	case "pass":
		if e.Test == "" {
			fmt.Printf("ok   %s (%.1fs)\n", e.Package, e.Elapsed)
		}
	case "skip":
		if e.Test != "" {
			fmt.Printf("SKIP %s\n%s", key, strings.Join(r.output[key], ""))
		}
	default:
		return
	}
	r.count(e)
	delete(r.output, key)
}

func (r *report) count(e event) {
	if e.Test == "" {
		return
	}
	if !strings.Contains(e.Test, "/") {
		r.slow = append(r.slow, e)
	}
	switch e.Action {
	case "pass":
		r.passed++
	case "fail":
		r.failed++
	case "skip":
		r.skipped++
	}
}

func (r *report) close() {
	slices.SortFunc(r.slow, func(a, b event) int { return int(1000 * (b.Elapsed - a.Elapsed)) })
	fmt.Println("slowest:")
	for _, e := range r.slow[:min(10, len(r.slow))] {
		fmt.Printf("  %6.1fs %s %s\n", e.Elapsed, e.Package, e.Test)
	}
	fmt.Printf("%d passed, %d failed, %d skipped\n", r.passed, r.failed, r.skipped)
}
