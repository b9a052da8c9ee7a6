package main

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/araldo-relay/araldo/cmd/araldo-torture/ledger"
	"github.com/araldo-relay/araldo/plugins/file/record"
)

// readAtOnce is the most entries that are read at a time; trimEvery is how often streams are shortened.
const (
	readAtOnce = 500
	trimEvery  = time.Second
)

// collector reads what arrives in the archive, directly, not through the proxy, and in the dead letter, and removes from
// the streams what is done with, so that a long run needs no more memory than a short one.
type collector struct {
	client *redis.Client
	ledger *ledger.Ledger
	// folder is the dead letter's.
	folder string
	dead   record.Position
	last   string
}

// run reads until ctx ends.
func (c *collector) run(ctx context.Context) {
	c.last = "0"
	trimmed := time.Now()
	for ctx.Err() == nil {
		if !c.read(ctx) {
			pause(ctx, 5*pace)
		}
		if time.Since(trimmed) > trimEvery {
			trimmed = time.Now()
			c.readDead()
			c.trim(ctx)
		}
	}
}

// read takes what came into the archive, or waits for it, and reports whether the server answered.
func (c *collector) read(ctx context.Context) bool {
	streams, err := c.client.XRead(ctx, &redis.XReadArgs{
		Streams: []string{archive}, ID: c.last, Count: readAtOnce, Block: 200 * time.Millisecond,
	}).Result()
	if errors.Is(err, redis.Nil) {
		return true
	}
	for _, stream := range streams {
		for _, entry := range stream.Messages {
			body, _ := entry.Values["body"].(string)
			number, _ := entry.Values["n"].(string)
			c.ledger.Arrive(ledger.Archive, []byte(body), number)
			c.last = entry.ID
		}
	}
	return err == nil
}

// readDead takes what came into the dead letter since the last time.
func (c *collector) readDead() {
	from := c.dead
	for entry, err := range record.Read(c.folder, from) {
		if errors.Is(err, fs.ErrNotExist) {
			return
		}
		if err == nil {
			err = entry.Err
		}
		if err != nil {
			c.ledger.Lose(ledger.DeadLetter, err)
			return
		}
		if entry.Position == from && from != (record.Position{}) {
			continue
		}
		c.dead = entry.Position
		number, _ := entry.Message.Header.Attributes.Get("n")
		c.ledger.Arrive(ledger.DeadLetter, entry.Message.Payload, number)
	}
}

// trim removes what was read of the archive, and what the hub has acknowledged of the source: all before the first entry
// that is pending, or up to the last one that was given out where none is. What is removed too early by a hub that
// acknowledges too early is missing in the end. Errors are those of a server that is away: the next time will do.
func (c *collector) trim(ctx context.Context) {
	_ = c.client.XTrimMinID(ctx, archive, c.last).Err()
	groups, err := c.client.XInfoGroups(ctx, source).Result()
	if err != nil || len(groups) != 1 {
		return
	}
	pending, err := c.client.XPending(ctx, source, group).Result()
	if err != nil {
		return
	}
	first := groups[0].LastDeliveredID
	if pending.Count > 0 {
		first = pending.Lower
	}
	_ = c.client.XTrimMinID(ctx, source, first).Err()
}

// pending is how many entries the source has given out and not got an acknowledgement for, and how many it has not given
// out yet.
func pending(ctx context.Context, client *redis.Client) (unacked, unread int64, err error) {
	p, err := client.XPending(ctx, source, group).Result()
	if err != nil {
		return 0, 0, err
	}
	groups, err := client.XInfoGroups(ctx, source).Result()
	if err != nil || len(groups) != 1 {
		return 0, 0, errors.Join(err, errors.New("the source's stream has not one group"))
	}
	rest, err := client.XRangeN(ctx, source, "("+groups[0].LastDeliveredID, "+", readAtOnce).Result()
	return p.Count, int64(len(rest)), err
}
