package install

import (
	"bufio"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/araldo-relay/araldo/core/programs"
)

// Source is a package to install.
type Source struct {
	// Place is the path of a folder, an archive or a lone program, or an https URL of one of the latter two.
	Place string
	// SHA256 is the sum that the file must have, in hexadecimal; empty: none is known.
	SHA256 string
	// Checksums is the path of a file as sha256sum writes it, which names the file; empty: there is none. At most one of
	// both is given.
	Checksums string
}

var (
	errNoSum = errors.New("what comes over the network needs its sum: --sha256 or --checksums")
	sumShape = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// remote reports whether the package comes over the network.
func (s Source) remote() bool { return strings.Contains(s.Place, "://") }

// name is the last part of the place.
func (s Source) name() string {
	if u, err := url.Parse(s.Place); s.remote() && err == nil {
		return path.Base(u.Path)
	}
	return filepath.Base(filepath.Clean(s.Place))
}

// shown is where the package came from, for the lock and for people, without what may be secret.
func (s Source) shown() string {
	u, err := url.Parse(s.Place)
	if !s.remote() || err != nil {
		return s.name()
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	return u.String()
}

// want is the sum that the file must have, empty where none is known.
func (s Source) want() (string, error) {
	switch {
	case s.SHA256 != "":
		sum := strings.ToLower(s.SHA256)
		if !sumShape.MatchString(sum) {
			return "", fmt.Errorf("%q is no SHA-256: 64 hexadecimal digits are wanted", s.SHA256)
		}
		return sum, nil
	case s.Checksums != "":
		return sumIn(s.Checksums, s.name())
	case s.remote():
		return "", errNoSum
	}
	return "", nil
}

// sumIn looks a file's sum up, as sha256sum writes it: the sum, a space, a space or an asterisk, the name.
func sumIn(checksums, name string) (string, error) {
	file, err := os.Open(checksums)
	if err != nil {
		return "", err
	}
	defer file.Close()
	found := ""
	lines := bufio.NewScanner(&bounded{file, programs.MaxBytes})
	for lines.Scan() {
		sum, rest, _ := strings.Cut(lines.Text(), " ")
		if path.Base(strings.TrimLeft(rest, " *")) != name {
			continue
		}
		if sum = strings.ToLower(sum); !sumShape.MatchString(sum) || found != "" && found != sum {
			return "", fmt.Errorf("%s: what it has for %s is not one SHA-256", checksums, name)
		}
		found = sum
	}
	if err := lines.Err(); err != nil {
		return "", fmt.Errorf("%s: %w", checksums, err)
	}
	if found == "" {
		return "", fmt.Errorf("%s does not name %s", checksums, name)
	}
	return found, nil
}
