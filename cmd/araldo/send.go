package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/araldo-relay/araldo/config"
	"github.com/araldo-relay/araldo/core/control"
)

// sendTime is how long a message may wait for the outlets that hold its source back.
const sendTime = 10 * time.Second

func newSend() *cobra.Command {
	command := &cobra.Command{
		Use:   "send NAME [PAYLOAD | -]",
		Short: "Send a message into a running hub as if endpoint NAME had received it",
		Long: "Send a message into a running hub as if endpoint NAME had received it, and wait until its source could go on.\n\n" +
			"The payload is the argument, or standard input where that is - or left out.",
		Example: "  araldo send browsers 'hello'\n  araldo send orders --attr kind=binary - < order.bin",
		Args:    nameAndPayload,
		RunE:    send,
	}
	addHubFlags(command)
	command.Flags().StringArray("attr", nil, "set an attribute, `NAME=VALUE`; may stand several times")
	command.Flags().String("content-type", "", "media `TYPE` of the payload, such as application/json")
	return command
}

func nameAndPayload(command *cobra.Command, args []string) error {
	if len(args) == 1 || len(args) == 2 {
		return nil
	}
	return &usageError{text: command.CommandPath() + " takes the name of one endpoint and a payload",
		hint: "a payload with spaces stands in quotes: araldo send NAME 'hello there'"}
}

func send(command *cobra.Command, args []string) error {
	m := control.Message{Attributes: map[string]string{}}
	list, _ := command.Flags().GetStringArray("attr")
	for _, pair := range list {
		name, value, found := strings.Cut(pair, "=")
		if !found || name == "" {
			return &usageError{"--attr " + quoted(pair) + " is not allowed", "write it as --attr kind=text"}
		}
		m.Attributes[name] = value
	}
	m.ContentType, _ = command.Flags().GetString("content-type")
	client, err := dial(command)
	if err != nil {
		return err
	}
	if m.Payload, err = payloadOf(command.InOrStdin(), args[1:]); err != nil {
		return err
	}
	ctx, cancel := withTimeout(command, sendTime)
	defer cancel()
	sent, err := client.Send(ctx, args[0], m)
	if err != nil {
		return err
	}
	if len(sent.Outlets) == 0 {
		return &noRouteError{args[0]}
	}
	_, err = fmt.Fprintf(command.OutOrStdout(), "sent %s from %s to %s\n", sent.ID, args[0], strings.Join(sent.Outlets, ", "))
	return err
}

func payloadOf(input io.Reader, args []string) ([]byte, error) {
	if len(args) == 1 && args[0] != "-" {
		return []byte(args[0]), nil
	}
	payload, err := io.ReadAll(io.LimitReader(input, config.MaxMessageLimit+1))
	if err == nil && len(payload) > config.MaxMessageLimit {
		err = fmt.Errorf("the payload is longer than any message may be (%d bytes)", config.MaxMessageLimit)
	}
	return payload, err
}

// noRouteError says that a message was sent and nobody got it.
type noRouteError struct{ endpoint string }

func (e *noRouteError) Error() string {
	return fmt.Sprintf("no route begins at %s: the message went nowhere and is counted as unrouted", quoted(e.endpoint))
}
