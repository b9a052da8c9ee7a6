package config

import "testing"

func TestAPluginsOwnVerifyHoldsForItAlone(t *testing.T) {
	c, ps := Load(write(t, "global: {verify: require}\nplugins:\n  programs:\n    echo: {verify: warn}\n    other: {}\n"+
		"  endpoints:\n    - {name: a, id: x}\nroutes:\n  a: [a]\n"), nil)
	if c == nil || ps.Failed() {
		t.Fatal(ps)
	}
	for name, want := range map[string]string{"echo": VerifyWarn, "other": VerifyRequire, "third": VerifyRequire} {
		if got := c.Verify(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	path := write(t, "global: {verify: sometimes}\nplugins:\n  endpoints: [{name: a, id: x}]\n  programs:\n    echo: {verify: maybe}\nroutes: {a: [a]}\n")
	_, ps = Load(path, nil)
	want := `F:1:18: verify: "sometimes" is not allowed: allowed: require, warn, off
F:5:20: verify: "maybe" is not allowed: allowed: require, warn, off`
	if got := told(ps, path); got != want {
		t.Errorf("got %v", got)
	}
}
