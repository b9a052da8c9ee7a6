package websocket

import "strings"

// Recipients are whom one message is for.
type recipients struct {
	// all: every connection; else those of ids.
	all bool
	ids []string
	// unknown counts the entries of a kind that this endpoint does not know.
	unknown int
}

// maxRecipients bounds the entries of one `to`; what follows counts as unknown, in one.
const maxRecipients = 1024

// parseTo reads the attribute `to`: `all`, or a list of conn:ID with commas between. An entry that stands twice counts
// once.
func parseTo(to string) recipients {
	var r recipients
	for n := 0; to != ""; n++ {
		if n == maxRecipients {
			r.unknown++
			break
		}
		var entry string
		entry, to, _ = strings.Cut(to, ",")
		r.add(strings.TrimSpace(entry))
	}
	return r
}

func (r *recipients) add(entry string) {
	if entry == "all" {
		r.all = true
		return
	}
	id, isConn := strings.CutPrefix(entry, "conn:")
	if !isConn || id == "" {
		r.unknown++
		return
	}
	for _, known := range r.ids {
		if known == id {
			return
		}
	}
	r.ids = append(r.ids, id)
}
