package host

import (
	"bufio"
	"bytes"
	"io"
)

// maxGreeting is how long a plugin's first line may be, bytes.
const maxGreeting = 4 << 10

// readStandardOutput passes the first line, or what fits of it, to the reader of the handshake, and all else to the
// journal, until the end of the process's standard output.
func readStandardOutput(stdout io.Reader, greeting *io.PipeWriter, log *journal) {
	in := bufio.NewReaderSize(stdout, maxGreeting)
	line, _ := in.ReadSlice('\n')
	// The reader of the handshake reads on until the end, so this can't block for long.
	_, _ = greeting.Write(line)
	_ = greeting.Close()
	if !looksLikeHandshake(line) {
		log.line(bytes.TrimSpace(line))
	}
	readLines(in, log)
}

// looksLikeHandshake tells go-plugin's `1|1|unix|/path|grpc|` from a plugin that prints something else first.
func looksLikeHandshake(line []byte) bool { return bytes.Count(line, []byte("|")) >= 3 }

func readLines(r io.Reader, log *journal) {
	w := &lineWriter{journal: log}
	_, _ = io.Copy(w, r)
	w.flush()
}
