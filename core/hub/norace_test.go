//go:build !race

package hub_test

const keptByTheRaceDetector = 0
