//go:build !race

package document

import "time"

const raceFactor time.Duration = 1
