package tuning

import (
	"os"
	"runtime"
	"sync"
	"syscall"
	"time"
)

const (
	// lookAtLoad is how often the process looks at its own load, lookAtRest while it does next to nothing: each look is a
	// wake-up. The ticker also bounds how long one goroutine can keep the others waiting where connections are used without
	// the scheduler's knowledge: see Direct.
	lookAtLoad, lookAtRest = 100 * time.Millisecond, 300 * time.Millisecond
	// busy and calm are the loads, in processors, at which a process takes all processors and gives them back; below rest
	// it is looked at less often.
	busy, calm, rest = 0.6, 0.3, 0.02
	// calmLooks is how many looks in a row must find it calm.
	calmLooks = 20
)

// ScaleProcessors makes this process run Go code on one processor while it has little to do, and on all that it may use
// when it is busy. With several processors a lone message wakes threads that find nothing to do, which costs more than
// the message. A program that uses nothing else in its process calls it once at its start; it starts one goroutine, for
// the life of the process. Where the user has set GOMAXPROCS that is left alone.
func ScaleProcessors() { scaling() }

var scaling = sync.OnceFunc(func() {
	s := scaler{fixed: os.Getenv("GOMAXPROCS") != "" || runtime.GOMAXPROCS(0) == 1}
	if !s.fixed {
		runtime.GOMAXPROCS(1)
	}
	go s.run(time.NewTicker(lookAtLoad))
})

func (s *scaler) run(looks *time.Ticker) {
	before, used := time.Now(), processTime()
	for range looks.C {
		now, usedNow := time.Now(), processTime()
		load := float64(usedNow-used) / float64(now.Sub(before))
		before, used = now, usedNow
		looks.Reset(pause(load))
		switch s.look(load) {
		case scaleUp:
			runtime.SetDefaultGOMAXPROCS()
		case scaleDown:
			runtime.GOMAXPROCS(1)
		}
	}
}

func pause(load float64) time.Duration {
	if load < rest {
		return lookAtRest
	}
	return lookAtLoad
}

type scaleStep int

const (
	scaleKeep scaleStep = iota
	scaleUp
	scaleDown
)

// scaler decides by the loads that it is shown, in processors.
type scaler struct {
	// fixed: the number is the user's, and only the ticker is wanted.
	fixed bool
	wide  bool
	calm  int
}

func (s *scaler) look(load float64) scaleStep {
	switch {
	case s.fixed:
		return scaleKeep
	case !s.wide && load >= busy:
		s.wide, s.calm = true, 0
		return scaleUp
	case !s.wide || load >= calm:
		s.calm = 0
		return scaleKeep
	}
	if s.calm++; s.calm < calmLooks {
		return scaleKeep
	}
	s.wide = false
	return scaleDown
}

// processTime is the user and system time of this process so far.
func processTime() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
