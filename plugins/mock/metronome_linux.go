package mock

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// shortestBeat bounds what a metronome costs: at higher paces several messages are made at each beat.
const shortestBeat = 50 * time.Microsecond

// metronome wakes at a steady pace by a timerfd, because Go's own timers have a grain of 1 ms in an idle process.
type metronome struct {
	timer *os.File
	// C has a beat for those who look at it; beats that nobody looked at are one.
	C     chan struct{}
	ended chan struct{}
}

func newMetronome(every time.Duration) (*metronome, error) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_CLOEXEC|unix.TFD_NONBLOCK)
	if err != nil {
		return nil, os.NewSyscallError("timerfd_create", err)
	}
	beat := unix.NsecToTimespec(max(every, shortestBeat).Nanoseconds())
	m := &metronome{os.NewFile(uintptr(fd), "timerfd"), make(chan struct{}, 1), make(chan struct{})}
	if err := unix.TimerfdSettime(fd, 0, &unix.ItimerSpec{Interval: beat, Value: beat}, nil); err != nil {
		_ = m.timer.Close()
		return nil, os.NewSyscallError("timerfd_settime", err)
	}
	go m.beat()
	return m, nil
}

// beat returns when the timer is closed.
func (m *metronome) beat() {
	defer close(m.ended)
	for expirations := make([]byte, 8); ; {
		if _, err := m.timer.Read(expirations); err != nil {
			return
		}
		select {
		case m.C <- struct{}{}:
		default:
		}
	}
}

func (m *metronome) stop() {
	_ = m.timer.Close()
	<-m.ended
}
