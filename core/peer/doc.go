// Package peer asks the kernel which process is at the other end of a Unix socket.
package peer

// Process is one that connected.
type Process struct {
	PID int
	// UID is the user that it ran as, effectively.
	UID int
}
