//go:build race

package hub_test

// keptByTheRaceDetector is what a process under it keeps of ten thousand connections' goroutines, in bytes.
const keptByTheRaceDetector = 64 << 20
