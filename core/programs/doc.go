// Package programs knows the external plugins of a hub: where they lie, what they say of themselves without being
// executed, and whether their files are those that were installed. It reads files and starts nothing.
package programs
