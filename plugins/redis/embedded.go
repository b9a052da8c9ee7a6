package redis

import (
	"fmt"
	"sync"

	"github.com/alicebob/miniredis/v2"
)

// embedded are the Redis servers that run inside this process, by the address that was asked for: endpoints that ask
// for the same one share it, and it ends with the last of them.
type embedded struct {
	mu      sync.Mutex
	running map[string]*shared
}

type shared struct {
	server *miniredis.Miniredis
	users  int
}

// use returns the address on which the server asked for as listen can be reached; started says that it was not there
// before. leave gives it back.
func (e *embedded) use(listen string) (address string, started bool, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := e.running[listen]
	if s == nil {
		s = &shared{server: miniredis.NewMiniRedis()}
		if err := s.server.StartAddr(listen); err != nil {
			return "", false, fmt.Errorf("embedded Redis: %w", err)
		}
		if e.running == nil {
			e.running = make(map[string]*shared)
		}
		e.running[listen], started = s, true
	}
	s.users++
	return s.server.Addr(), started, nil
}

func (e *embedded) leave(listen string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := e.running[listen]
	if s.users--; s.users == 0 {
		delete(e.running, listen)
		s.server.Close()
	}
}
