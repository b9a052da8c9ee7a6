package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/coder/websocket"
	"github.com/spf13/cobra"
)

// The bounds of connect: for the handshake, for what still comes once the input has ended, and of a message.
const (
	handshakeTime = 10 * time.Second
	lingerTime    = 500 * time.Millisecond
	readLimit     = 16 << 20
)

func newConnect() *cobra.Command {
	command := &cobra.Command{
		Use:   "connect URL",
		Short: "Speak with a WebSocket server: lines in, messages out",
		Long: "Speak with any WebSocket server: each line of the input is sent as a text message, each message that comes is\n" +
			"printed on a line. It ends with the input, half a second after the last message, with the connection, or with\n" +
			"Ctrl-C. The exit code is 0 unless the connection failed or was closed with a code other than 1000 or 1001.",
		Example: "  araldo connect ws://127.0.0.1:54321/ws",
		Args:    oneURL,
		RunE:    connect,
	}
	f := command.Flags()
	f.String("origin", "", "`ORIGIN` that a page would have, such as https://app.example.org")
	f.StringArray("subprotocol", nil, "offer a subprotocol, `NAME`; may stand several times")
	f.StringArray("header", nil, "send an HTTP header, `NAME: VALUE`; may stand several times")
	f.Bool("listen", false, "go on when the input has ended, until the connection ends")
	return command
}

func oneURL(command *cobra.Command, args []string) error {
	hint := "as in `araldo connect ws://127.0.0.1:54321/ws`"
	if len(args) != 1 {
		return &usageError{command.CommandPath() + " takes one address", hint}
	}
	u, err := url.Parse(args[0])
	if err != nil || u.Host == "" || u.Scheme != "ws" && u.Scheme != "wss" && u.Scheme != "http" && u.Scheme != "https" {
		return &usageError{quoted(args[0]) + " is not the address of a WebSocket server", hint}
	}
	return nil
}

func connect(command *cobra.Command, args []string) error {
	options, err := dialOptions(command)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(command.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	connection, err := open(ctx, args[0], options)
	if err != nil {
		return err
	}
	defer connection.CloseNow()
	fmt.Fprintf(command.ErrOrStderr(), "araldo: connected to %s%s\n", args[0], spoken(connection.Subprotocol()))
	listen, _ := command.Flags().GetBool("listen")
	t := &talk{connection: connection, out: screenOf(command.OutOrStdout()), errOut: command.ErrOrStderr(), heard: make(chan struct{}, 1)}
	return t.run(ctx, command.InOrStdin(), listen)
}

func spoken(subprotocol string) string {
	if subprotocol == "" {
		return ""
	}
	return ", subprotocol " + subprotocol
}

func dialOptions(command *cobra.Command) (*websocket.DialOptions, error) {
	f := command.Flags()
	options := &websocket.DialOptions{HTTPHeader: http.Header{}}
	headers, _ := f.GetStringArray("header")
	for _, line := range headers {
		name, value, found := strings.Cut(line, ":")
		if !found || strings.TrimSpace(name) == "" {
			return nil, &usageError{"--header " + quoted(line) + " is not allowed", "write it as --header 'Authorization: Bearer ...'"}
		}
		options.HTTPHeader.Add(strings.TrimSpace(name), strings.TrimSpace(value))
	}
	options.Host = options.HTTPHeader.Get("Host")
	if origin, _ := f.GetString("origin"); origin != "" {
		options.HTTPHeader.Set("Origin", origin)
	}
	options.Subprotocols, _ = f.GetStringArray("subprotocol")
	return options, nil
}

// open makes the connection. Where the server answers with something else, the error tells what it says.
func open(ctx context.Context, address string, options *websocket.DialOptions) (*websocket.Conn, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, handshakeTime, fmt.Errorf("no answer within %s", handshakeTime))
	defer cancel()
	connection, answer, err := websocket.Dial(ctx, address, options)
	if err == nil {
		connection.SetReadLimit(readLimit)
		return connection, nil
	}
	if answer == nil || answer.StatusCode == http.StatusSwitchingProtocols {
		var inner *url.Error
		if errors.As(err, &inner) {
			err = inner.Err
		}
		return nil, fmt.Errorf("can't connect to %s: %w", address, err)
	}
	text, _ := io.ReadAll(io.LimitReader(answer.Body, 300)) // the library keeps the beginning of the body
	said := plain(strings.TrimSpace(string(text)))
	if said != "" {
		said = ": " + said
	}
	return nil, fmt.Errorf("%s refused the connection with %s%s", address, answer.Status, said)
}
