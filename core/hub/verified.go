package hub

import (
	"context"
	"errors"
	"log/slog"
	"os"

	"github.com/araldo-relay/araldo/config"
	"github.com/araldo-relay/araldo/core/programs"
)

// verified is an external program that is compared with the lock right before each start. It is a host.File.
type verified struct {
	programs.Program
	// verify is what the configuration says of the program.
	verify string
	log    *slog.Logger
}

// Open implements host.File.
func (v verified) Open(ctx context.Context) (*os.File, error) {
	file, err := v.Program.Open()
	if err != nil || v.verify == config.VerifyOff {
		return file, err
	}
	err = v.Verify(ctx, file)
	unverified, is := errors.AsType[*programs.UnverifiedError](err)
	switch {
	case err == nil, is && unverified.State == programs.StateUnlocked && v.verify == config.VerifyLocked:
		return file, nil
	case is && v.verify == config.VerifyWarn:
		v.log.Warn("plugin is started although it is not verified", "plugin", v.Name, "cause", err)
		return file, nil
	}
	return nil, errors.Join(err, file.Close())
}
