package forwarder

import (
	"context"

	"github.com/redis/go-redis/v9"
)

// subscribe forwards a channel's messages.
func (f *Forwarder) subscribe(ctx context.Context, channel string, forward func([]byte)) {
	sub := f.redis.Subscribe(ctx, channel)
	defer func() { _ = sub.Close() }()
	for {
		received, err := sub.Receive(ctx)
		if err != nil {
			return
		}
		if message, ok := received.(*redis.Message); ok {
			forward([]byte(message.Payload))
		}
	}
}

// publisher takes messages and publishes all that wait in one pipeline.
func (f *Forwarder) publisher(ctx context.Context, channels ...string) func([]byte) {
	return f.pipeline(ctx, func(pipe redis.Pipeliner, message []byte) {
		for _, channel := range channels {
			pipe.Publish(ctx, channel, message)
		}
	})
}

// adder is publisher for a stream.
func (f *Forwarder) adder(ctx context.Context, stream string) func([]byte) {
	return f.pipeline(ctx, func(pipe redis.Pipeliner, message []byte) {
		pipe.XAdd(ctx, &redis.XAddArgs{Stream: stream, Values: []any{"body", message}})
	})
}

func (f *Forwarder) pipeline(ctx context.Context, put func(redis.Pipeliner, []byte)) func([]byte) {
	in := make(chan []byte, waiting)
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case message := <-in:
				pipe := f.redis.Pipeline()
				put(pipe, message)
				for n := min(len(in), most); n > 0; n-- {
					put(pipe, <-in)
				}
				_, _ = pipe.Exec(ctx)
			}
		}
	}()
	return func(message []byte) { in <- message }
}

const group, consumer = "forwarder", "one"

// consume forwards a stream's entries and acknowledges them.
func (f *Forwarder) consume(ctx context.Context, stream string, forward func([]byte)) {
	f.entries(ctx, stream, func(entries []redis.XMessage) {
		for _, entry := range entries {
			body, _ := entry.Values["body"].(string)
			forward([]byte(body))
		}
	})
}

// copyStream adds a stream's entries to another; they are acknowledged when the other has them.
func (f *Forwarder) copyStream(ctx context.Context, from, to string) {
	f.entries(ctx, from, func(entries []redis.XMessage) {
		pipe := f.redis.Pipeline()
		for _, entry := range entries {
			pipe.XAdd(ctx, &redis.XAddArgs{Stream: to, Values: []any{"body", entry.Values["body"]}})
		}
		_, _ = pipe.Exec(ctx)
	})
}

func (f *Forwarder) entries(ctx context.Context, stream string, take func([]redis.XMessage)) {
	_ = f.redis.XGroupCreateMkStream(ctx, stream, group, "0").Err()
	for ctx.Err() == nil {
		streams, err := f.redis.XReadGroup(ctx, &redis.XReadGroupArgs{
			Group: group, Consumer: consumer, Streams: []string{stream, ">"}, Count: most}).Result()
		if err != nil {
			return
		}
		take(streams[0].Messages)
		ids := make([]string, len(streams[0].Messages))
		for i, entry := range streams[0].Messages {
			ids[i] = entry.ID
		}
		_ = f.redis.XAck(ctx, stream, group, ids...).Err()
	}
}
