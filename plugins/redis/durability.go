package redis

import (
	"context"
	"fmt"
	"time"
)

// askTimeout is how long Redis may take to tell how it keeps its data, connecting included.
const askTimeout = time.Second

// durability is how a Redis keeps its data. The zero value is one that could not be asked.
type durability struct{ appendOnly, appendSync string }

// durability asks Redis; it blocks for askTimeout at most. A Redis that is away or forbids the question leaves it open.
func (t *target) durability() durability {
	if t.embedded {
		return durability{appendOnly: "no"}
	}
	ctx, cancel := context.WithTimeout(context.Background(), askTimeout)
	defer cancel()
	s, err := connect(ctx, t, nil)
	if err != nil {
		return durability{}
	}
	defer s.close()
	defer context.AfterFunc(ctx, s.close)()
	told, err := s.client.ConfigGet(ctx, "append*").Result()
	if err != nil {
		return durability{}
	}
	return durability{told["appendonly"], told["appendfsync"]}
}

// synced reports whether an answer to XADD means that the entry is on the disk.
func (d durability) synced() bool { return d.appendOnly == "yes" && d.appendSync == "always" }

// String is Redis's own words for it.
func (d durability) String() string {
	switch {
	case d.appendOnly == "":
		return "appendonly unknown: Redis did not tell"
	case d.appendOnly == "yes":
		return fmt.Sprintf("appendonly %s, appendfsync %s", d.appendOnly, d.appendSync)
	}
	return "appendonly " + d.appendOnly
}
