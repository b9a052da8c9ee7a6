// Package tuning keeps low what a process spends on messages that come singly or are small: on waking threads, on telling
// the scheduler of system calls, and on collecting garbage. Its functions change the process that calls them, so that is a
// program's choice, or the SDK's for a plugin; a hub that is embedded leaves its process's processors alone.
package tuning
