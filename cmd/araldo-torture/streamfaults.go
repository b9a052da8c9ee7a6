package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// ageEvery is how often the entries that have become pending are aged too while a clock is wrong.
const ageEvery = 100 * time.Millisecond

// jumpClock makes all pending entries of the source look an hour old to Redis, as they do when its clock jumps: it tells
// their age from the time of day. It must not set off a storm of redeliveries.
func (r *run) jumpClock(ctx context.Context, f fault) (wound, error) {
	aged := 0
	for end := time.Now().Add(f.lasts); time.Now().Before(end) && pause(ctx, ageEvery); {
		n, err := age(ctx, r.redis.client)
		if err != nil {
			return wound{}, err
		}
		aged += n
	}
	return wound{over: time.Now(), hurt: func(context.Context) (string, error) {
		if aged == 0 {
			return "", errors.New("no entry was pending")
		}
		return fmt.Sprintf("%d pending entries became an hour older", aged), nil
	}}, nil
}

// age sets back the time at which the pending entries were given out, and returns how many they were.
func age(ctx context.Context, client *redis.Client) (int, error) {
	entries, err := client.XPendingExt(ctx, &redis.XPendingExtArgs{Stream: source, Group: group, Start: "-", End: "+", Count: 10000}).Result()
	if err != nil {
		return 0, err
	}
	aged := 0
	for _, e := range entries {
		claim := []any{"XCLAIM", source, group, e.Consumer, 0, e.ID, "IDLE", time.Hour.Milliseconds(), "JUSTID"}
		ids, err := client.Do(ctx, claim...).Slice()
		if err != nil {
			return aged, err
		}
		aged += len(ids)
	}
	return aged, nil
}

// taken is how many entries a consumer takes that dies with them.
const taken = 20

// deadConsumer is another consumer of the group, which takes entries and is never heard of again: the hub must take them
// over. That they arrive is what the ledger finds out in the end.
func (r *run) deadConsumer(ctx context.Context, _ fault) (wound, error) {
	got := 0
	err := until(ctx, readyTime, func() bool {
		streams, err := r.redis.client.XReadGroup(ctx, &redis.XReadGroupArgs{
			Group: group, Consumer: "dead", Streams: []string{source, ">"}, Count: taken, Block: time.Second,
		}).Result()
		if err != nil {
			return false
		}
		for _, stream := range streams {
			got += len(stream.Messages)
		}
		return got > 0
	})
	return wound{over: time.Now(), hurt: func(context.Context) (string, error) {
		return fmt.Sprintf("a consumer died with %d entries", got), nil
	}}, err
}
