package install

import "fmt"

// RefusedError says that a package is not one that may be installed. Nothing of it is left.
type RefusedError struct {
	// Package is the file's or folder's name; Entry is the file in it that is meant, empty where it is all of it.
	Package, Entry string
	Why            string
	// err is what went wrong, where it is an error of its own, such as the end of a context.
	err error
}

func (e *RefusedError) Unwrap() error { return e.err }

func (e *RefusedError) Error() string {
	if e.Entry == "" {
		return fmt.Sprintf("%s: %s", e.Package, e.Why)
	}
	return fmt.Sprintf("%s: %q: %s", e.Package, e.Entry, e.Why)
}
