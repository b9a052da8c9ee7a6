package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// goroutines is how many the hub's own process has, as its metrics say.
func (h *hub) goroutines(ctx context.Context) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://127.0.0.1:%d/metrics", h.metrics), nil)
	if err != nil {
		return 0, err
	}
	// A connection kept open would be counted among what the hub uses.
	request.Close = true
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, fmt.Errorf("the hub's metrics: %w", err)
	}
	defer func() { _ = answer.Body.Close() }()
	for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
		if value, ok := strings.CutPrefix(lines.Text(), "go_goroutines "); ok {
			return strconv.Atoi(value)
		}
	}
	return 0, errors.New("the hub's metrics have no go_goroutines")
}
