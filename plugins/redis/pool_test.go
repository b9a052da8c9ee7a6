package redis

import (
	"context"
	"testing"
)

// A session is closed with the context of who uses it, by another goroutine: one whose context ended at the last moment
// must not be given to the next.
func TestSessionWhoseUserWasCancelledIsNotUsedAgain(t *testing.T) {
	server := startServer(t)
	p := pool{target: &target{network: "tcp", address: address("", server.port)}}
	defer p.close()
	ctx, cancel := context.WithCancel(context.Background())
	var first *session
	absent, lost := p.with(ctx, func(s *session) error { first = s; cancel(); return nil })
	if absent != nil || lost != nil {
		t.Fatal(absent, lost)
	}
	absent, lost = p.with(context.Background(), func(s *session) error {
		if s == first {
			t.Error("the session is used again")
		}
		return nil
	})
	if absent != nil || lost != nil {
		t.Fatal(absent, lost)
	}
}
