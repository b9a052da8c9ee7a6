package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/araldo-relay/araldo/core/control"
)

// watchEvery is how often --watch looks.
const watchEvery = time.Second

// watch shows the status again and again until a signal, or until the hub has ended, which is an error. On a terminal
// each replaces the one before; elsewhere they follow each other.
func watch(ctx context.Context, client *control.Client, out io.Writer, format, name string) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	for first := true; ; first = false {
		if err := watchOnce(ctx, client, out, format, name, first); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

func watchOnce(ctx context.Context, client *control.Client, out io.Writer, format, name string, first bool) error {
	ctx, cancel := context.WithTimeoutCause(ctx, statusTime, fmt.Errorf("no answer within %s", statusTime))
	defer cancel()
	status, err := statusOf(ctx, client, name)
	if err != nil {
		return err
	}
	// All at once, so that a terminal never shows half of it.
	var text bytes.Buffer
	s := screenOf(out)
	switch {
	case s.terminal:
		text.WriteString("\x1b[H\x1b[2J") // home, clear (ECMA-48)
	case !first && format == formatText:
		text.WriteString("\n")
	}
	s.w = &text
	if err := printStatus(s, format, status, name); err != nil {
		return err
	}
	_, err = out.Write(text.Bytes())
	return err
}
