package config

import (
	"slices"
	"strings"
)

// The values of `verify`: what is done about an external plugin that is not the one that araldo.lock.yaml names.
const (
	// VerifyLocked, where the file says nothing: it is not started. What the lock does not name at all is.
	VerifyLocked  = ""
	VerifyRequire = "require" // it is not started, nor what the lock does not name
	VerifyWarn    = "warn"    // either is started, with a warning in the log
	VerifyOff     = "off"     // nothing is verified
)

var verifyWords = []string{VerifyRequire, VerifyWarn, VerifyOff}

func setVerify(g *Global, text string) string {
	if text != VerifyLocked && !slices.Contains(verifyWords, text) {
		return "allowed: " + strings.Join(verifyWords, ", ")
	}
	g.Verify = text
	return ""
}

// Verify is what holds for a plugin.
func (c *Config) Verify(plugin string) string {
	if own := c.Program(plugin).Verify; own != VerifyLocked {
		return own
	}
	return c.Global.Verify
}
