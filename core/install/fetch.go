package install

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"syscall"
	"time"

	"github.com/araldo-relay/araldo/core/programs"
)

// fetched is a package's file as it was copied into the stage, where nobody else can change it.
type fetched struct {
	*os.File
	sum string
}

// fetch copies the package's file into the stage and compares its sum, before anybody looks into it.
func (i *Installer) fetch(ctx context.Context, s Source, stage *os.Root) (f fetched, err error) {
	want, err := s.want()
	if err != nil {
		return f, err
	}
	from, size, err := i.open(ctx, s)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	if f.File, err = stage.OpenFile("fetched", os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600); err != nil {
		return f, err
	}
	hash := sha256.New()
	counted := reading{ctx, from, i.progress("fetching "+s.name(), size)}
	if _, err := io.Copy(io.MultiWriter(f.File, hash), &bounded{counted, programs.MaxBytes}); err != nil {
		return f, errors.Join(fmt.Errorf("%s: %w", s.shown(), err), f.Close())
	}
	f.sum = hex.EncodeToString(hash.Sum(nil))
	if ctx.Err() != nil { // an interrupted connection may look like the end of the file
		return f, errors.Join(ctx.Err(), f.Close())
	}
	if want != "" && f.sum != want {
		why := fmt.Sprintf("its SHA-256 is %s, must be %s", f.sum, want)
		return f, errors.Join(&RefusedError{Package: s.name(), Why: why}, f.Close())
	}
	_, err = f.Seek(0, io.SeekStart)
	return f, err
}

// open begins to read the package; size is -1 where it is not known.
func (i *Installer) open(ctx context.Context, s Source) (from io.ReadCloser, size int64, err error) {
	if s.remote() {
		return i.get(ctx, s)
	}
	// What is no file could block or never end.
	file, err := os.OpenFile(s.Place, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, 0, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &RefusedError{Package: s.name(), Why: "it is neither a file nor a folder"}
	}
	if err != nil {
		return nil, 0, errors.Join(err, file.Close())
	}
	return file, info.Size(), nil
}

// Limits of a download. The whole of it is bounded by its size and by the caller's context.
const (
	maxRedirects  = 5
	headerTimeout = 30 * time.Second
)

func (i *Installer) get(ctx context.Context, s Source) (io.ReadCloser, int64, error) {
	u, err := url.Parse(s.Place)
	if err != nil {
		return nil, 0, fmt.Errorf("%q is no URL", s.name())
	}
	if err := secure(u); err != nil {
		return nil, 0, fmt.Errorf("%s: %w", s.shown(), err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.Place, nil)
	if err != nil {
		return nil, 0, err
	}
	client := &http.Client{Transport: i.Transport, CheckRedirect: onlySecure}
	answer, err := client.Do(request)
	if err != nil {
		// The error of the client's has the whole URL in it, a password or token too.
		if wrapped, is := errors.AsType[*url.Error](err); is {
			err = wrapped.Err
		}
		return nil, 0, fmt.Errorf("%s: %w", s.shown(), err)
	}
	if answer.StatusCode != http.StatusOK {
		return nil, 0, errors.Join(fmt.Errorf("%s: the server answers %s", s.shown(), answer.Status), answer.Body.Close())
	}
	return answer.Body, answer.ContentLength, nil
}

func secure(u *url.URL) error {
	if u.Scheme != "https" {
		return fmt.Errorf("only https is allowed, not %s", u.Scheme)
	}
	return nil
}

func onlySecure(next *http.Request, before []*http.Request) error {
	if len(before) > maxRedirects {
		return fmt.Errorf("more than %d redirects", maxRedirects)
	}
	return secure(next.URL)
}

// Transport is what an Installer needs to download: http.DefaultTransport waits for headers for ever, and unpacks what a server
// says is compressed, as some do of every .gz.
func Transport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.ResponseHeaderTimeout = headerTimeout
	t.DisableKeepAlives = true
	t.DisableCompression = true
	return t
}
