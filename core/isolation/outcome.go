package isolation

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Outcome is what was put on a process.
type Outcome struct {
	// Confined: the settings asked for something, and this is what became of it.
	Confined bool `json:"confined"`
	Mode     Mode `json:"mode"`
	// ABI is the version of Landlock that the kernel offers, 0 where it offers none.
	ABI int `json:"abi"`
	// Byways says why there is a way around the rules for TCP ports, empty where there is none.
	Byways string `json:"byways,omitempty"`
	Limits Limits `json:"limits"`
}

// The versions of Landlock from which on it restricts what we ask for. Newer ones restrict UDP and the sockets of the
// file system too: that is left alone, so that a plugin that works on one kernel works on the next.
const (
	abiFiles = 1
	abiTCP   = 4
	abiScope = 6
)

// String says what the sandbox restricts, for people.
func (o Outcome) String() string {
	switch {
	case o.Mode == Off:
		return "off"
	case o.ABI < abiFiles:
		return o.Mode.String() + ": nothing is restricted, the kernel offers no Landlock"
	case o.ABI < abiTCP:
		return fmt.Sprintf("%v: files, but not TCP ports (Landlock ABI %d, TCP needs %d)", o.Mode, o.ABI, abiTCP)
	case o.Byways != "":
		return fmt.Sprintf("%v: files, and TCP ports save that %s (Landlock ABI %d)", o.Mode, o.Byways, o.ABI)
	case o.ABI < abiScope:
		return fmt.Sprintf("%v: files and TCP ports (Landlock ABI %d)", o.Mode, o.ABI)
	}
	return fmt.Sprintf("%v: files, TCP ports, signals and abstract sockets (Landlock ABI %d)", o.Mode, o.ABI)
}

// Restricts reports whether the sandbox holds files, and TCP ports.
func (o Outcome) Restricts() (files, tcp bool) {
	return o.Mode != Off && o.ABI >= abiFiles, o.Mode != Off && o.ABI >= abiTCP && o.Byways == ""
}

// report is what the confined process tells before it becomes the plugin, or instead.
type report struct {
	Outcome
	Error string `json:"error,omitempty"`
}

// ReadOutcome reads what the process told, until it became the plugin or ended. The error says why it did not get that
// far. It blocks until then, or until r is closed.
func ReadOutcome(r io.Reader) (Outcome, error) {
	reports := json.NewDecoder(io.LimitReader(r, 16<<10))
	var last report
	for {
		var next report
		err := reports.Decode(&next)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return last.Outcome, fmt.Errorf("read what became of its confinement: %w", err)
		}
		last = next
	}
	if last.Error != "" {
		return last.Outcome, errors.New(last.Error)
	}
	return last.Outcome, nil
}
