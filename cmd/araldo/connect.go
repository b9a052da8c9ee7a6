package main

import (
	"bufio"
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
	"unicode/utf8"

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

// talk is one connection between a terminal and a server.
type talk struct {
	connection *websocket.Conn
	out        screen
	errOut     io.Writer
	// heard has something in it when a message has come since it was last empty.
	heard chan struct{}
}

// run returns when one side has ended and what was on its way has come.
func (t *talk) run(ctx context.Context, input io.Reader, listen bool) error {
	closed, written := make(chan error, 1), make(chan error, 1)
	go func() { closed <- t.read() }()
	// A read of a terminal can't be interrupted: at the program's end the goroutine is left to it.
	go func() { written <- t.write(ctx, input) }()
	for {
		select {
		case err := <-closed:
			return t.farewell(err)
		case <-ctx.Done():
			return t.leave(closed)
		case err := <-written:
			if err != nil {
				return t.farewell(<-closed)
			}
			if !listen {
				return t.linger(ctx, closed)
			}
		}
	}
}

// linger waits until nothing has come for a while.
func (t *talk) linger(ctx context.Context, closed chan error) error {
	for quiet := time.NewTimer(lingerTime); ; {
		select {
		case err := <-closed:
			return t.farewell(err)
		case <-t.heard:
			quiet.Reset(lingerTime)
		case <-quiet.C:
			return t.leave(closed)
		case <-ctx.Done():
			return t.leave(closed)
		}
	}
}

// leave closes the connection in good order.
func (t *talk) leave(closed chan error) error {
	_ = t.connection.Close(websocket.StatusNormalClosure, "") // an answer that does not come changes nothing now
	<-closed
	return nil
}

// farewell says how the server ended the connection.
func (t *talk) farewell(err error) error {
	var end websocket.CloseError
	if !errors.As(err, &end) {
		return fmt.Errorf("the connection broke: %w", err)
	}
	text := fmt.Sprintf("the server closed the connection with %d", int(end.Code))
	if end.Reason != "" {
		text += ": " + plain(end.Reason)
	}
	if end.Code == websocket.StatusNormalClosure || end.Code == websocket.StatusGoingAway {
		fmt.Fprintf(t.errOut, "araldo: %s\n", text)
		return nil
	}
	return errors.New(text)
}

// read prints what comes until the connection ends.
func (t *talk) read() error {
	for {
		kind, payload, err := t.connection.Read(context.Background())
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintln(t.out.w, t.shown(kind, payload)); err != nil {
			return err
		}
		select {
		case t.heard <- struct{}{}:
		default:
		}
	}
}

// shown is a message as it is printed: text as it is for a pipe, with nothing that steers the terminal for a terminal;
// what is binary and no text is escaped.
func (t *talk) shown(kind websocket.MessageType, payload []byte) string {
	switch {
	case kind == websocket.MessageBinary && !utf8.Valid(payload):
		return escaped(payload)
	case t.out.terminal:
		return plain(string(payload))
	}
	return string(payload)
}

// write sends each line.
func (t *talk) write(ctx context.Context, input io.Reader) error {
	lines := bufio.NewReader(input)
	for {
		line, err := lines.ReadString('\n')
		if text := strings.TrimRight(line, "\r\n"); text != "" || line != "" && err == nil {
			if failed := t.connection.Write(ctx, websocket.MessageText, []byte(text)); failed != nil {
				return failed
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading the input: %w", err)
		}
	}
}
