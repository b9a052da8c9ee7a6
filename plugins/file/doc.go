// Package file keeps messages in a folder of numbered segments, one JSON record per line, and brings in what is appended
// to one. What a record looks like is package record's; here is who writes, when a segment ends, what makes room, and
// what becomes of the torn line that a crash leaves behind.
package file
