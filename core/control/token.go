package control

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/araldo-relay/araldo/core/replace"
)

// tokenName is the file, beside the socket, with what clients have to show. A plugin in its sandbox can connect to the
// socket, because it runs as the hub's user, and can't read this file.
const tokenName = "araldo.token"

const bearer = "Bearer " // RFC 6750, section 2.1

// newToken makes the token of one hub's run, of 128 bits at least, and puts it into dataDir, for this user alone (0600). The caller
// holds the directory's lock.
func newToken(dataDir string) (string, error) {
	token := rand.Text()
	path := filepath.Join(dataDir, tokenName)
	if err := errors.Join(replace.RemoveUnfinished(path), replace.File(path, []byte(token+"\n"), 0o600)); err != nil {
		return "", fmt.Errorf("token: %w", err)
	}
	return token, nil
}

// readToken is the token of the hub that listens at a socket; empty where it keeps none.
func readToken(socket string) (string, error) {
	dir, err := folderOf(socket)
	if err != nil {
		return "", err
	}
	text, err := os.ReadFile(filepath.Join(dir, tokenName))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return strings.TrimSpace(string(text)), err
}

// folderOf is the data directory of the hub that listens at a socket, which may be reached by a link.
func folderOf(socket string) (string, error) {
	place, err := filepath.EvalSymlinks(socket)
	return filepath.Dir(place), err
}

// authorise checks who asks. The error is an *Error.
func (s *Server) authorise(r *http.Request) error {
	if err, _ := r.Context().Value(peerKey{}).(error); err != nil {
		return &Error{Code: CodeForbidden, Message: err.Error()}
	}
	shown, _ := strings.CutPrefix(r.Header.Get("Authorization"), bearer)
	if subtle.ConstantTimeCompare([]byte(shown), []byte(s.token)) != 1 {
		return &Error{Code: CodeForbidden,
			Message: "a command needs the header `Authorization: Bearer TOKEN`, with what stands in " + tokenName + " beside the socket"}
	}
	return nil
}

// authorised shows a token with each request.
type authorised struct {
	token string
	http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (a authorised) RoundTrip(r *http.Request) (*http.Response, error) {
	shown := r.Clone(r.Context())
	shown.Header.Set("Authorization", bearer+a.token)
	return a.RoundTripper.RoundTrip(shown)
}
