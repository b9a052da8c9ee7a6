package main

import (
	"strings"

	"github.com/spf13/cobra"
)

// newTopics are the subjects of `araldo help` that are no commands.
func newTopics() []*cobra.Command {
	return []*cobra.Command{
		topic("configuration", "The configuration file, flags and environment", configurationTopic),
		topic("delivery", "What a route promises, and what happens when something is slow or away", deliveryTopic),
		topic("attributes", "What a message has beside its payload", attributesTopic),
		topic("nothing-arrives", "How to find out why a message does not arrive", nothingArrivesTopic),
		topic("exit-codes", "Exit codes and signals", exitCodesTopic),
	}
}

func topic(name, short, text string) *cobra.Command {
	return &cobra.Command{Use: name, Short: short, Long: strings.TrimSpace(text)}
}

const configurationTopic = `
One YAML file says all: what holds for the hub (global), what it speaks with (plugins) and who gets whose messages
(routes). "araldo config init" prints one that is explained line by line; "araldo check" tells all that is wrong with
one, and where.

    global:
      server-port: 54321
    plugins:
      endpoints:
        - {name: browsers, id: endpoint-websocket, path: /ws}
        - {name: news, id: endpoint-redis, channel: news}
    routes:
      news: [browsers]

-c FILE names the file, else ./araldo.yaml is read. A key of global is also a flag of serve and check (--server-port)
and an environment variable (ARALDO_SERVER_PORT); a flag goes before the environment, which goes before the file.
${env:NAME} and ${file:PATH} in a value are put in after the file was read and never printed.

    araldo plugins list              the ids that can be had
    araldo plugins describe ID       the keys of one
    araldo config schema             a JSON Schema for your editor
    araldo check --format json       every value and where it is from
`

const deliveryTopic = `
Each outlet of a route has its own queue, account and promise; "araldo check" prints the promise and why.

acked   The source is acknowledged when every required acked outlet has settled the message, so nothing is lost when a
        plugin, the hub or the network fails; some of it may come twice. While the target is slow or away the source
        waits. "delivery: auto", the default, is acked where both ends can do that, else live.
live    A message is delivered at most once. While the target is slow or away its queue fills; then the oldest message
        is dropped and counted (queue.overflow: drop-oldest, drop-newest, or block, which holds the source back).

"require: at-least-once" makes the hub refuse a configuration whose ends can't do that; "araldo guarantees" tells why.
A slow target never holds up the other outlets of its route, unless it is acked (and not "required: false") or its queue
says block. Whatever becomes of a message,
it is counted: in = delivered + filtered + dead-lettered + expired + dropped, by reason, + queued + in flight.
"araldo status" shows the accounts, "araldo tap" the messages themselves.
`

const attributesTopic = `
A message has a payload and attributes: names of a to z and 0 to 9, values without control characters. Some are set by
the hub or the endpoint alone (id, source, time, conn, user, kind, channel and more); what clients claim of these is
left out. "araldo tap NAME" shows them.

    araldo send browsers 'hello' --attr kind=text

An endpoint's README names the attributes that it sets and those that it understands.
`

const nothingArrivesTopic = `
1. araldo status            Is every endpoint ready? The notes say what is wrong with one that is not, and the routes'
                            counters what became of each message: dropped: no-recipient means that nobody was connected.
2. araldo tap SOURCE        Does the source receive anything? If not, the sender speaks to somebody else.
                            unrouted: no route begins there.
3. araldo tap TARGET        What becomes of what goes to the target? delivered, or dropped and why.
4. araldo send SOURCE hi    Send one by hand, with a tap open on the target.

Redis channels keep nothing: what is published while nobody listens is gone. A browser does not get its own message
back where the route says echo: false. Pages of other hosts need "origins" at the WebSocket endpoint.
`

const exitCodesTopic = `
0   all went well
1   something failed at run time: no hub runs, another one holds the lock, a port is taken, a message went nowhere
2   the command line or the configuration is wrong; nothing was opened

Errors go to standard error as "araldo: error: ...", with "araldo: hint: ..." below where something helps. Warnings do
not change the exit code.

The first SIGINT or SIGTERM lets serve drain, up to shutdown-timeout, and end with 0; a second one ends it at once with
1. tap and connect end with 0 at a signal.
`
