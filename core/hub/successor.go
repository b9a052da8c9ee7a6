package hub

import (
	"context"
	"fmt"
	"reflect"

	"github.com/araldo-relay/araldo/config"
	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/host"
)

// successor starts the successor of a member's process and has it judge what that one serves. The error says why it can't
// take over; nothing is left of it then.
func (c *crew) successor(ctx context.Context, m *member) (*host.Successor, error) {
	next, err := m.Successor(ctx)
	if err != nil {
		return nil, err
	}
	for _, in := range m.instances {
		if err := c.checkSuccessor(ctx, next, in); err != nil {
			next.Discard(context.WithoutCancel(ctx))
			return nil, fmt.Errorf("plugin %s: %w", m.name, err)
		}
	}
	return next, nil
}

// checkSuccessor asks a successor about an instance that runs. What routes were made for must be as it was.
func (c *crew) checkSuccessor(ctx context.Context, next *host.Successor, in *config.Instance) error {
	for _, t := range next.Info().Types {
		if t.ID != in.ID {
			continue
		}
		own, problems := in.JSON(t.Schema)
		if problems.Failed() {
			return problems
		}
		if string(own) != string(c.configs[in.Name]) {
			return fmt.Errorf("it reads the keys of %s in another way: restart the hub to take it", in.Name)
		}
	}
	assessment, err := next.Validate(ctx, c.instance(in))
	if err != nil {
		return err
	}
	var problems core.Problems
	for _, d := range assessment.Diagnostics {
		problems = append(problems, in.Problem(d))
	}
	before := c.assessments[in.Name]
	switch {
	case problems.Failed():
		return problems
	case before.Capabilities.Difference(assessment.Capabilities) != "":
		return fmt.Errorf("it changed what %s can do (%s): restart the hub to take it", in.Name,
			before.Capabilities.Difference(assessment.Capabilities))
	case !reflect.DeepEqual(assessment.Claims, before.Claims):
		return fmt.Errorf("it changed what %s takes for itself: restart the hub to take it", in.Name)
	}
	return nil
}
