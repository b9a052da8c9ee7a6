package work

import (
	"bytes"
	"context"
	"os"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"github.com/araldo-relay/araldo/cmd/araldo-bench/relay"
)

// asRelay makes this program the relay that is measured.
const asRelay = "be-a-relay"

func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == asRelay {
		relayWrongly(os.Args[2])
	}
	goleak.VerifyTestMain(m)
}

// relayWrongly does one of each wrong thing.
func relayWrongly(port string) {
	ctx := context.Background()
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:" + port})
	in := client.Subscribe(ctx, "in")
	publish := func(message []byte) { client.Publish(ctx, "out", message) }
	var late []byte
	for n := 0; ; {
		received, err := in.ReceiveMessage(ctx)
		if err != nil {
			os.Exit(1)
		}
		message := []byte(received.Payload)
		if bytes.HasPrefix(message, []byte("0")) { // else it is a probe
			n++
		}
		switch n {
		case 100: // lost
		case 200:
			publish(message)
			publish(message)
		case 300:
			late = message
		case 301:
			publish(message)
			publish(late)
		case 400:
			message[len(message)-1]++
			publish(message)
		case 500:
			publish(message[:len(message)-1])
		default:
			publish(message)
		}
	}
}

func TestWhatARelayDoesWrongIsFound(t *testing.T) {
	workloads, err := Find([]string{"w4"})
	if err != nil {
		t.Fatal(err)
	}
	d := &relay.Description{Name: "wrong", Command: []string{os.Args[0], asRelay, "{redis-port}"}, Workloads: map[string]relay.Setup{"w4": {}}}
	r, err := Measure(t.Context(), workloads[0], d, Options{Size: 64, Warm: 200 * time.Millisecond, Duration: 300 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if r.Sent < 501 || r.Lost != 1 || r.Repeated != 1 || r.Late != 1 || r.Damaged != 2 || r.Right() {
		t.Errorf("of %d messages %s", r.Sent, r.Wrong())
	}
}
