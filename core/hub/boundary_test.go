package hub_test

import (
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/araldo-relay/araldo/core/hub"
)

// BenchmarkBoundary moves b.N messages from a source process through the hub to a sink process, as fast as the three
// take them, losing none (`overflow: block`). cpu-us/msg is user and system time of the three processes. Run it with
// `make bench-boundary`.
func BenchmarkBoundary(b *testing.B) {
	for _, size := range []int{128, 1 << 10, 16 << 10} {
		b.Run(fmt.Sprintf("%dB", size), func(b *testing.B) { boundary(b, size) })
	}
}

func boundary(b *testing.B, size int) {
	throughput(b, 100_000*128/uint64(size), fmt.Sprintf(`
plugins:
  endpoints:
    - {name: source, id: endpoint-mock, process: own, every: 0s, size: %d, enabled: false, payload: "x"}
    - {name: sink, id: endpoint-mock, process: own}
routes:
  source: [{to: sink, queue: {overflow: block}}]
`, size))
}

// BenchmarkMarshalling is the same with messages of some 100 bytes that are converted from JSON to CBOR, and with a
// filter for which they are decoded.
func BenchmarkMarshalling(b *testing.B) {
	for name, outlet := range map[string]string{"convert": "to: sink", "filter": "to: same, when: data.n >= 0"} {
		b.Run(name, func(b *testing.B) {
			throughput(b, 20_000, fmt.Sprintf(`
plugins:
  marshalling:
    - {name: json, id: marshal-json}
    - {name: cbor, id: marshal-cbor, process: own}
  endpoints:
    - {name: source, id: endpoint-mock, process: own, every: 0s, enabled: false, marshalling: json,
       payload: '{"n":{n},"who":"somebody","list":[1,2,3,4,5],"text":"the quick brown fox jumps over the lazy dog"}'}
    - {name: sink, id: endpoint-mock, process: own, marshalling: cbor}
    - {name: same, id: endpoint-mock, process: own, marshalling: json}
routes:
  source: [{%s, queue: {overflow: block}}]
`, outlet))
		})
	}
}

// throughput measures the one outlet of a configuration whose source is switched on by hand, after so many messages.
func throughput(b *testing.B, warm uint64, text string) {
	path := b.TempDir() + "/araldo.yaml"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	cfg := load(b, path)
	ready := make(chan struct{})
	h, err := hub.New(cfg, hub.Options{Log: slog.New(slog.DiscardHandler), Ready: func() { close(ready) }})
	if err != nil {
		b.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- h.Run(b.Context()) }()
	<-ready
	pids := []int{os.Getpid()}
	for _, p := range h.Status(b.Context()).Plugins {
		pids = append(pids, p.PID)
	}
	delivered := func() uint64 { return h.Status(b.Context()).Routes[0].Outlets[0].Account.Delivered }

	if err := h.SetEnabled(b.Context(), "source", true); err != nil {
		b.Fatal(err)
	}
	for delivered() < warm {
		time.Sleep(50 * time.Millisecond) // the pace of a poll while processes warm up
	}
	b.ResetTimer()
	from, cpu, start := delivered(), cpuTime(b, pids), time.Now()
	for delivered()-from < uint64(b.N) {
		time.Sleep(50 * time.Millisecond) // the pace of a poll
	}
	n, took, used := float64(delivered()-from), time.Since(start), cpuTime(b, pids)-cpu
	b.StopTimer()
	b.ReportMetric(n/took.Seconds(), "msg/s")
	b.ReportMetric(float64(used.Nanoseconds())/1e3/n, "cpu-us/msg")
	h.Stop()
	if err := <-ended; err != nil {
		b.Fatal(err)
	}
}

// cpuTime is the user and system time that processes have used.
func cpuTime(b *testing.B, pids []int) time.Duration {
	var sum time.Duration
	for _, pid := range pids {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			b.Fatal(err)
		}
		// The command's name, in parentheses, may hold anything; utime and stime are fields 14 and 15.
		fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
		var user, system int64
		fmt.Sscan(fields[11], &user)
		fmt.Sscan(fields[12], &system)
		sum += time.Duration(user+system) * time.Second / clockTicks
	}
	return sum
}

// clockTicks is USER_HZ, the unit of /proc/PID/stat, which Linux has fixed for user space.
const clockTicks = 100
