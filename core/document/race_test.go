//go:build race

package document

import "time"

// raceFactor is how much longer the race detector lets things take.
const raceFactor time.Duration = 10
