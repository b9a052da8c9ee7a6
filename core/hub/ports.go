package hub

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/holder"
)

// listenAddress is the address, HOST:PORT, of a claim to listen somewhere, empty for other claims.
func listenAddress(claim string) string {
	address, listens := strings.CutPrefix(claim, "listen:")
	if !listens {
		return ""
	}
	address, _, _ = strings.Cut(address, "/")
	return address
}

// samePort reports whether two claims are to the same TCP port, be it at different addresses: one may contain the other.
func samePort(a, b string) bool {
	_, one, _ := net.SplitHostPort(listenAddress(a))
	_, other, _ := net.SplitHostPort(listenAddress(b))
	return one != "" && one == other
}

// checkPorts finds the first endpoint to be opened whose port another program has, before any is closed for it. Ports at
// which the crew before listens are left to the opening.
func (c *crew) checkPorts(ctx context.Context, f fates) error {
	for _, in := range c.instances() {
		if in.Kind == core.KindMarshalling || f.endpoints[in.Name] == fateKept {
			continue
		}
		for _, claim := range c.assessments[in.Name].Claims {
			if c.before.listens(claim) {
				continue
			}
			if err := tryListening(ctx, listenAddress(claim)); err != nil {
				return fmt.Errorf("endpoint %s: %w", in.Name, err)
			}
		}
	}
	return nil
}

// listens reports whether one of the crew's endpoints has the port that is claimed.
func (c *crew) listens(claim string) bool {
	for _, assessment := range c.assessments {
		for _, had := range assessment.Claims {
			if samePort(claim, had) {
				return true
			}
		}
	}
	return false
}

// tryListening returns why nobody can listen at an address; whether this user may is left to who does.
func tryListening(ctx context.Context, address string) error {
	if address == "" {
		return nil
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	switch {
	case err == nil:
		return listener.Close()
	case errors.Is(err, syscall.EADDRINUSE), errors.Is(err, syscall.EADDRNOTAVAIL):
		return holder.OfPort(err, address)
	}
	return nil
}
