package sdk

import (
	"context"
	"errors"
)

// setDirections says which directions routes use from now on. On an error it is as before.
func (i *instance) setDirections(ctx context.Context, inbound, outbound bool) error {
	return i.change(ctx, func() error {
		was := i.setup
		if was.Inbound == inbound && was.Outbound == outbound {
			return nil
		}
		i.setup.Inbound, i.setup.Outbound = inbound, outbound
		o := i.opened.Load()
		if o == nil {
			return nil
		}
		err := i.redirect(ctx, o, was)
		if err == nil && was.Inbound && !inbound {
			i.out.silence()
		}
		return err
	})
}

func (i *instance) redirect(ctx context.Context, o *opened, was Instance) error {
	if director, can := o.value.(Director); can {
		return i.direct(ctx, o, director, was)
	}
	return i.reopen(ctx, o, was)
}

// direct changes the directions of an instance that goes on.
func (i *instance) direct(ctx context.Context, o *opened, director Director, was Instance) error {
	var err error
	if was.Inbound && !i.setup.Inbound {
		err = errors.Join(o.stopReceiving(ctx), i.out.flush(ctx))
	}
	if err == nil {
		err = guard(i.log, "SetDirections", func() error { return director.SetDirections(ctx, i.setup.Inbound, i.setup.Outbound) })
	}
	stopped := was.Inbound && !i.setup.Inbound
	begins := !was.Inbound && i.setup.Inbound
	if err != nil {
		i.setup, begins = was, stopped
	}
	if begins {
		o.start()
	}
	return err
}

// reopen closes what was opened and opens it anew with the directions of setup, or where that fails with those of was.
func (i *instance) reopen(ctx context.Context, o *opened, was Instance) error {
	enabled := i.enabled.Load()
	i.opened.Store(nil)
	o.settle(ctx)
	err := o.end(ctx, CloseRestart)
	if err == nil {
		err = i.open(ctx, enabled)
	}
	if err == nil {
		return nil
	}
	i.setup = was
	return errors.Join(err, i.open(ctx, enabled))
}
