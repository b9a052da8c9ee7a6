package isolation

import "testing"

// A kernel that knows no TCP Fast Open answers as the sandbox does, and most know it.
func TestWhatIsSentFirstConnectsNowhere(t *testing.T) {
	here := newPlace(t)
	for _, mode := range []Mode{Off, BestEffort} {
		r := confined(t, Settings{Limits: Limits{OpenFiles: 64}, Sandbox: mode}, nil, "fastopen "+here.address)
		_, tcp := r.outcome.Restricts()
		want := "ok"
		if tcp {
			want = "operation not supported"
		}
		if r.err != nil || r.lines[0] != want {
			t.Errorf("%v: %q, want %q (%v)", mode, r.lines, want, r.err)
		}
	}
}
