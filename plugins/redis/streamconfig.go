package redis

import (
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

// streamConfig is the keys of an endpoint that reads from a stream or adds to it.
type streamConfig struct {
	Stream      string        `key:"stream" doc:"the stream to add to and, with group, to read from"`
	Group       string        `key:"group" doc:"the consumer group to read the stream in, made where it is missing; without it the endpoint can't be a source"`
	Consumer    string        `key:"consumer" doc:"its name within the group; default: a name of its own that stays the same, made of the hub's data directory and the endpoint's name"`
	Start       string        `key:"start" enum:"beginning,new" default:"beginning" doc:"where a group begins that is made: with what the stream holds, or with what is added from then on"`
	OnLostGroup string        `key:"on-lost-group" enum:"beginning,new,wait" default:"beginning" doc:"when the group is gone (FLUSHALL, a Redis without persistence): it is made again at the beginning or for what is new, or someone else is waited for to make it"`
	ClaimIdle   time.Duration `key:"claim-idle" min:"0s" default:"1m" doc:"entries that another consumer of the group has not acknowledged for so long are taken over; 0s: never. What this endpoint holds is kept fresh, however long it takes"`
	MaxLen      int           `key:"maxlen" min:"0" default:"0" doc:"trim the stream to about so many entries when adding; 0: never. What is trimmed before it was read is lost"`
}

// shortestClaim is the least time after which entries are claimed: what is held is refreshed thrice as often.
const shortestClaim = time.Second

// check finds what the schema can't say.
func (c *streamConfig) check() []sdk.Diagnostic {
	found := checkText("/stream", "stream", c.Stream)
	found = append(found, checkText("/group", "group", c.Group)...)
	found = append(found, checkText("/consumer", "consumer", c.Consumer)...)
	if c.Consumer != "" && c.Group == "" {
		found = append(found, wrong("/consumer", "consumer without group", "a consumer is part of a group; name the group too"))
	}
	if c.ClaimIdle > 0 && c.ClaimIdle < shortestClaim {
		found = append(found, wrong("/claim-idle", fmt.Sprintf("claim-idle of %v", c.ClaimIdle),
			fmt.Sprintf("at least %v, or 0s for never", shortestClaim)))
	}
	return found
}

// checkOutside finds keys of streams at an endpoint that has none.
func (c *streamConfig) checkOutside() []sdk.Diagnostic {
	var found []sdk.Diagnostic
	for _, key := range []struct {
		name  string
		given bool
	}{{"group", c.Group != ""}, {"consumer", c.Consumer != ""}, {"maxlen", c.MaxLen != 0}} {
		if key.given {
			found = append(found, wrong("/"+key.name, key.name+" without stream", "it belongs to a stream; channels have none"))
		}
	}
	return found
}

func checkText(path, what, text string) []sdk.Diagnostic {
	if nameable(text) {
		return nil
	}
	return []sdk.Diagnostic{wrong(path, fmt.Sprintf("%.40q can't be used as a %s", text, what),
		fmt.Sprintf("UTF-8 without control characters, at most %d bytes", maxName))}
}

// claims says where the endpoint hears and speaks. Streams are not the same in all databases of a server. A consumer can
// be only one endpoint: two would get each other's entries.
func (c *streamConfig) claims(t *target, name string) sdk.Claims {
	place := "stream+" + t.server() + strconv.Itoa(t.db) + "/" + url.PathEscape(c.Stream)
	claims := sdk.Claims{SpeaksTo: []string{place}}
	if c.Group != "" {
		consumer := c.Consumer
		if consumer == "" {
			consumer = "of:" + name
		}
		claims.HearsFrom = []string{place}
		claims.Takes = []string{"consumer:" + place + "/" + url.PathEscape(c.Group) + "/" + url.PathEscape(consumer)}
	}
	return claims
}

// capabilities is what a stream can: Redis keeps what is not acknowledged and brings it again, and waits while nobody
// reads. How safe that is depends on how Redis keeps its data.
func (c *streamConfig) capabilities(d durability) sdk.Capabilities {
	can := sdk.Capabilities{Outbound: &sdk.Outbound{Confirm: core.ConfirmPersisted, Durability: d.String()}}
	if !d.synced() {
		can.Outbound.Confirm = core.ConfirmAccepted
		can.Outbound.Limit = "Redis answers XADD before the entry is on the disk, unless it runs with appendfsync always"
	}
	if c.Group != "" {
		can.Inbound = &sdk.Inbound{Ack: core.AckMessage, Replay: core.ReplayPending, Pausable: true, Durability: d.String()}
	}
	return can
}
