package host

import (
	"syscall"
	"testing"
)

func TestPluginTellsHowLongItWasSilent(t *testing.T) {
	b := newBench(t, Instance{}, nil)
	eventually(t, "its stream to be heard", func() bool {
		heard := b.plugin.Status().Heard
		return heard >= 0 && heard < b.limits.dead
	})
	if err := syscall.Kill(b.plugin.Status().PID, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	eventually(t, "silence to be told", func() bool { return b.plugin.Status().Heard > b.limits.beat*3 })
	eventually(t, "another process to be heard", func() bool {
		s := b.plugin.Status()
		return s.Restarts == 1 && s.Heard >= 0 && s.Heard < b.limits.beat*3
	})
	if err := b.endpoint.Close(t.Context(), CloseShutdown); err != nil {
		t.Fatal(err)
	}
	if heard := b.plugin.Status().Heard; heard != -1 {
		t.Errorf("without a stream it was heard %v ago", heard)
	}
}
