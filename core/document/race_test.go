//go:build race

package document

// share is the part of the largest file that tests of its cost take: the race detector multiplies the cost.
const share = 16
