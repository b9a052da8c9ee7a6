package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// dialTime bounds a connection to a Unix socket, which only a hub that does not accept lets pass.
const dialTime = 5 * time.Second

// Client speaks to a running hub. Each method is one command; ctx ends the waiting, not what the hub does.
type Client struct {
	path string
	http *http.Client
}

// NotRunningError says that no hub answered.
type NotRunningError struct {
	// Tried are the sockets in the order in which they were tried, and what happened there.
	Tried []Attempt
}

// Attempt is a socket that did not answer.
type Attempt struct {
	Path string
	Err  error
}

func (e *NotRunningError) Error() string {
	tried := make([]string, len(e.Tried))
	for i, a := range e.Tried {
		tried[i] = a.Path + " (" + a.reason() + ")"
	}
	return e.finding() + ": tried " + strings.Join(tried, ", ")
}

// finding is what is known: at a socket that refuses this user a hub may run.
func (e *NotRunningError) finding() string {
	if e.Refused() {
		return "no hub lets this user in"
	}
	return "no hub is running"
}

// Refused reports whether this user may not use one of the sockets, or see whether there is one.
func (e *NotRunningError) Refused() bool {
	return slices.ContainsFunc(e.Tried, func(a Attempt) bool { return errors.Is(a.Err, fs.ErrPermission) })
}

func (a Attempt) reason() string {
	var errno syscall.Errno
	switch {
	case !errors.As(a.Err, &errno):
		return a.Err.Error()
	case errno == syscall.ENOENT:
		return "no such file"
	case errno == syscall.ECONNREFUSED:
		return "nobody listens"
	default:
		return errno.Error()
	}
}

// Dial finds the first of the sockets at which a hub listens. None is a *NotRunningError.
func Dial(paths []string) (*Client, error) {
	failed := &NotRunningError{}
	for _, path := range paths {
		conn, err := net.DialTimeout("unix", path, dialTime)
		if err != nil {
			failed.Tried = append(failed.Tried, Attempt{path, err})
			continue
		}
		token, err := readToken(path)
		if err = errors.Join(err, conn.Close()); err != nil {
			failed.Tried = append(failed.Tried, Attempt{path, err})
			continue
		}
		return newClient(path, token), nil
	}
	return nil, failed
}

func newClient(path, token string) *Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		dialer := net.Dialer{Timeout: dialTime}
		return dialer.DialContext(ctx, "unix", path)
	}
	// One connection per command: nothing is left open that would have to be closed.
	return &Client{path, &http.Client{Transport: authorised{token, &http.Transport{DialContext: dial, DisableKeepAlives: true}}}}
}

// Status asks the hub how it is.
func (c *Client) Status(ctx context.Context) (Status, error) {
	var status Status
	body, err := c.do(ctx, http.MethodGet, "/v1/status", nil)
	if err != nil {
		return status, err
	}
	err = json.NewDecoder(body).Decode(&status)
	return status, errors.Join(err, body.Close())
}

// SetEnabled switches an endpoint. An unknown one is an *Error with CodeUnknownEndpoint.
func (c *Client) SetEnabled(ctx context.Context, name string, enabled bool) error {
	path := "/v1/disable"
	if enabled {
		path = "/v1/enable"
	}
	body, err := c.do(ctx, http.MethodPost, path, target{name})
	if err != nil {
		return err
	}
	return body.Close()
}

// Stop tells the hub to drain and end, and returns when it has ended, however long that takes: its lock is free
// then. A hub that ends otherwise is an error.
func (c *Client) Stop(ctx context.Context) error {
	dir, err := folderOf(c.path) // which can't be found when the socket is gone
	if err != nil {
		return fmt.Errorf("hub at %s: %w", c.path, err)
	}
	body, err := c.do(ctx, http.MethodPost, "/v1/stop", nil)
	if err != nil {
		return err
	}
	defer body.Close()
	var answer stopping
	if err := json.NewDecoder(body).Decode(&answer); err != nil {
		return fmt.Errorf("stop: %w", err)
	}
	// The rest holds nothing: its end is the server's.
	if _, err = io.Copy(io.Discard, body); err != nil {
		return fmt.Errorf("the hub (pid %d) ended before it had drained: %w", answer.PID, err)
	}
	return awaitRelease(ctx, filepath.Join(dir, lockName), answer.PID)
}

// do sends a command and returns the body of its answer, which the caller closes. A refusal is an *Error.
func (c *Client) do(ctx context.Context, method, path string, command any) (io.ReadCloser, error) {
	var body bytes.Buffer
	if command != nil {
		if err := json.NewEncoder(&body).Encode(command); err != nil {
			return nil, err
		}
	}
	request, err := http.NewRequestWithContext(ctx, method, "http://araldo"+path, &body)
	if err != nil {
		return nil, err
	}
	answer, err := c.http.Do(request)
	if err != nil {
		// The library's own error repeats what was asked at an address that does not exist.
		var asked *url.Error
		if errors.As(err, &asked) {
			err = asked.Err
		}
		return nil, fmt.Errorf("hub at %s: %w", c.path, err)
	}
	if answer.StatusCode >= http.StatusBadRequest {
		defer answer.Body.Close()
		return nil, c.refusal(answer)
	}
	return answer.Body, nil
}

// refusal reads the *Error in an answer.
func (c *Client) refusal(answer *http.Response) error {
	var refused struct {
		Error *Error `json:"error"`
	}
	err := json.NewDecoder(io.LimitReader(answer.Body, maxBody)).Decode(&refused)
	if err != nil || refused.Error == nil {
		return fmt.Errorf("hub at %s answers %s", c.path, answer.Status)
	}
	return refused.Error
}
