package host

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/araldo-relay/araldo/core/isolation"
)

// confinement is what a child put on itself before it became its program. A nil one is of a child that did nothing.
type confinement struct {
	read, write *os.File
	// done is closed when outcome and err are there.
	done    chan struct{}
	outcome isolation.Outcome
	err     error
}

// confine has the child be this program, which confines itself and then becomes the one that it was to be. It is for use
// before Start, whose error tells where this can't be done.
func (c *child) confine(settings isolation.Settings, from program) {
	if !settings.Confines() {
		return
	}
	self, err := self()
	read, write, failed := os.Pipe()
	if err = errors.Join(err, failed); err != nil {
		closeFiles(read, write)
		c.kill(fmt.Sprintf("it can't be confined: %v", err))
		return
	}
	path := c.cmd.Path
	if from.file != nil && path != from.file.Name() {
		c.cmd.ExtraFiles = append(c.cmd.ExtraFiles, from.file)
		path = fmt.Sprintf("/proc/self/fd/%d", lastDescriptor(c.cmd.ExtraFiles))
	}
	c.cmd.ExtraFiles = append(c.cmd.ExtraFiles, write)
	order := settings.Order(path, filepath.Dir(from.shown), c.dir, lastDescriptor(c.cmd.ExtraFiles))
	c.cmd.Path, c.cmd.Env = self, append(c.cmd.Env, order)
	c.confinement = &confinement{read: read, write: write, done: make(chan struct{})}
}

// lastDescriptor is the number that the child has the last of its extra files by; the standard ones come before.
func lastDescriptor(extra []*os.File) int { return 2 + len(extra) }

// begin reads what the child, which runs, tells until it becomes its program.
func (c *confinement) begin() {
	if c == nil {
		return
	}
	closeFiles(c.write)
	defer close(c.done)
	defer closeFiles(c.read)
	c.outcome, c.err = isolation.ReadOutcome(c.read)
}

// cancel is for a child that was not started.
func (c *confinement) cancel() {
	if c != nil {
		closeFiles(c.read, c.write)
		close(c.done)
	}
}

// result is what the child put on itself, or why it did not become its program. It is for use once the child greeted or
// ended.
func (c *confinement) result() (isolation.Outcome, error) {
	if c == nil {
		return isolation.Outcome{}, nil
	}
	<-c.done
	return c.outcome, c.err
}

// explained is a plugin's cause, with what allows it where its sandbox denied something.
func (s *endpointStatus) explained(cause string) string { return explained(s.isolation, cause) }

func explained(by isolation.Settings, text string) string {
	if denied := by.Denial(text); denied != "" {
		return text + " (" + denied + ")"
	}
	return text
}
