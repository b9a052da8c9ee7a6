//go:build !linux

package isolation

import "errors"

// ABI is the version of Landlock that the kernel offers, 0 for none.
func ABI() int { return 0 }

// restrict puts the sandbox on this process and notes how far the kernel goes.
func (o order) restrict(*Outcome) error {
	if o.Sandbox == Enforce {
		return errors.New("sandbox: enforce: there is one on Linux only: allow none by `sandbox: best-effort`")
	}
	return nil
}
