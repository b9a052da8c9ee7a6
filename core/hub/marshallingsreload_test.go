package hub_test

import (
	"encoding/binary"
	"fmt"
	"path/filepath"
	"strconv"
	"testing"
)

// A marshalling is a matter between the endpoint and its routes: changing it interrupts no connection.
func TestAnotherMarshallingLeavesConnectionsAlone(t *testing.T) {
	port := freePort(t)
	config := func(marshalling string) string {
		return fmt.Sprintf(`
global: {server-port: %d}
plugins:
  marshalling:
    - {name: json, id: marshal-json}
    - {name: packed, id: marshal-msgpack}
  endpoints:
    - {name: ticks, id: endpoint-mock, every: 1ms, payload: "10000{n}", marshalling: json}
    - {name: browsers, id: endpoint-websocket%s}
routes:
  ticks: [browsers]
`, port, marshalling)
	}
	r := start(t, config(", marshalling: json"))
	c := dial(t, port, "/browsers")
	follow := func(number func(string) int) {
		t.Helper()
		for seen := 0; seen < 20; {
			if number(read(t, c)) < 100_001 {
				continue // still as before
			}
			seen++
		}
	}
	json := func(text string) int { n, _ := strconv.Atoi(text); return n }
	packed := func(text string) int { // uint 32, MessagePack's shortest form of such numbers
		if len(text) == 5 && text[0] == 0xce {
			return int(binary.BigEndian.Uint32([]byte(text[1:])))
		}
		return 0
	}
	follow(json)
	for range 2 {
		r.reloaded(config(", marshalling: packed"))
		follow(packed)
		r.reloaded(config(""))
		follow(json)
	}
	if got := r.endpoint("browsers"); got.Restarts != 0 || len(got.Connections) != 1 {
		t.Errorf("%+v", got)
	}
}

// fault: F12
func TestAMarshallingIsChangedUnderLoad(t *testing.T) {
	record := filepath.Join(t.TempDir(), "record")
	config := func(bytes string) string {
		return fmt.Sprintf(`
plugins:
  marshalling:
    - {name: json, id: marshal-json%s}
    - {name: other, id: marshal-json}
  endpoints:
    - {name: load, id: endpoint-mock, every: 200us, payload: "{n}", marshalling: json, ack: true}
    - {name: sink, id: endpoint-mock, marshalling: other, record: %s}
routes:
  load: [sink]
`, bytes, record)
	}
	r := start(t, config(""))
	for i := range 6 {
		before := r.outlet("load", "sink").Account.Delivered
		eventually(t, "messages flow", func() bool { return r.outlet("load", "sink").Account.Delivered > before+50 })
		was := r.Status(t.Context()).Marshallings[0]
		r.reloaded(config([]string{", bytes: base64", ""}[i%2]))
		if is := r.Status(t.Context()).Marshallings[0]; is.Name != "json" || is.Decoded < was.Decoded || is.Since.Equal(was.Since) || is.Restarts != 0 {
			t.Errorf("a reload made %+v of %+v", is, was)
		}
	}
	made := int(r.figure("load", "made"))
	eventually(t, "all arrives", func() bool { return len(missing(numbers(t, record), made)) == 0 })
}
