//go:build !race

package document

const share = 1
