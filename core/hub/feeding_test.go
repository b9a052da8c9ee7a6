package hub_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// feeding adds numbered entries to a stream, 50 at a time, until it is stopped; stop returns how many.
func feeding(t *testing.T, client *redis.Client, stream string) (stop func() int) {
	ctx, cancel := context.WithCancel(t.Context())
	var feeder sync.WaitGroup
	added := 0
	feeder.Go(func() {
		padding := strings.Repeat(".", 1000)
		for tick := time.Tick(25 * time.Millisecond); ctx.Err() == nil; <-tick {
			pipe := client.Pipeline()
			for n := range 50 {
				pipe.XAdd(context.Background(), &redis.XAddArgs{Stream: stream, Values: []any{"body", fmt.Sprint(added+n+1, " ", padding)}})
			}
			if _, err := pipe.Exec(context.Background()); err != nil {
				t.Error(err)
				return
			}
			added += 50
		}
	})
	stop = sync.OnceValue(func() int { cancel(); feeder.Wait(); return added })
	t.Cleanup(func() { stop() })
	return stop
}

// arrivals counts how often each number from 1 stands in a mock's record.
func arrivals(t *testing.T, path string) map[int]int {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	counts := map[int]int{}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var line struct {
			Text string `json:"text"`
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		text, _, _ := strings.Cut(line.Text, " ")
		number, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		counts[number]++
	}
	return counts
}
