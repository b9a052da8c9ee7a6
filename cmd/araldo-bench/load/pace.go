package load

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// Pace drives one sender in an open loop: message n is due n/rate after the beginning, whether or not the relay has taken
// those before, and its delay counts from when it was due: no coordinated omission. A timerfd paces it, because Go's
// timers have a grain of 1 ms in an idle process (Linux only).
func Pace(ctx context.Context, s *Sender, rate int) error {
	timer, err := newTimer(time.Second / time.Duration(rate))
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(timer) }()
	interval := time.Second / time.Duration(rate)
	begin := time.Now()
	for n := time.Duration(1); ctx.Err() == nil; {
		if err := await(timer); err != nil {
			return err
		}
		for ; begin.Add(n*interval).Before(time.Now()) && ctx.Err() == nil; n++ {
			if _, err := s.Send(1, begin.Add(n*interval).UnixNano()); err != nil {
				return err
			}
		}
	}
	return nil
}

func newTimer(every time.Duration) (int, error) {
	timer, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_CLOEXEC)
	if err != nil {
		return 0, fmt.Errorf("timerfd: %w", err)
	}
	spec := unix.NsecToTimespec(every.Nanoseconds())
	if err := unix.TimerfdSettime(timer, 0, &unix.ItimerSpec{Interval: spec, Value: spec}, nil); err != nil {
		_ = unix.Close(timer)
		return 0, fmt.Errorf("timerfd: %w", err)
	}
	return timer, nil
}

func await(timer int) error {
	for {
		_, err := unix.Read(timer, make([]byte, 8))
		if err != unix.EINTR {
			return err
		}
	}
}
