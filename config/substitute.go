package config

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/document"
)

// maxSecretFile is the largest file that `${file:PATH}` puts in.
const maxSecretFile = 64 << 10

// substitute puts `${env:NAME}` and `${file:PATH}` into the document's scalars. It runs after parsing, so what is put
// in stays one scalar; and it is not looked through again, so it can't name further values. Relative paths start at
// the file's folder.
func (c *Config) substitute(doc *document.Document) core.Problems {
	var ps core.Problems
	doc.Rewrite(func(v document.Value) (string, []string, bool) {
		if !strings.Contains(v.Text(), "${") {
			return "", nil, false
		}
		text, inserted, err := expand(v.Text(), c.lookUp)
		if err != nil {
			ps.Errorf(v.Position(), hintOf(err), "%s", err.Error())
			return "", nil, false
		}
		return text, inserted, true
	})
	return ps
}

// malformedError is that what begins with `${` is no reference to a value.
type malformedError string

func (e malformedError) Error() string { return string(e) }

func malformed(format string, arguments ...any) error {
	return malformedError(fmt.Sprintf(format, arguments...))
}

// hintOf says what else may have been meant by what is no reference. One to a value that is not there needs no hint.
func hintOf(err error) string {
	if _, is := err.(malformedError); is {
		return "`$${` stands for a plain `${`"
	}
	return ""
}

// expand replaces each `${source:name}` of text by what look says, and `$${` by `${`.
func expand(text string, look func(source, name string) (string, error)) (string, []string, error) {
	var b strings.Builder
	var inserted []string
	for {
		at := strings.Index(text, "${")
		if at < 0 {
			b.WriteString(text)
			return b.String(), inserted, nil
		}
		if at > 0 && text[at-1] == '$' {
			b.WriteString(text[:at-1] + "${")
			text = text[at+2:]
			continue
		}
		b.WriteString(text[:at])
		inside, rest, closed := strings.Cut(text[at+2:], "}")
		source, name, _ := strings.Cut(inside, ":")
		if !closed {
			return "", nil, malformed("`${` without a closing `}`")
		}
		value, err := look(source, name)
		if err != nil {
			return "", nil, err
		}
		b.WriteString(value)
		if value != "" {
			inserted = append(inserted, value)
		}
		text = rest
	}
}

func (c *Config) lookUp(source, name string) (string, error) {
	switch source {
	case "env":
		return fromEnvironment(name)
	case "file":
		path := name
		if !filepath.IsAbs(path) {
			path = filepath.Join(c.Dir, path)
		}
		c.files = append(c.files, path)
		return fromFile(name, path)
	}
	return "", malformed("${%s}: only ${env:NAME} and ${file:PATH} are known", clip(source+":"+name))
}

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

func fromEnvironment(name string) (string, error) {
	if !variableName.MatchString(name) {
		return "", malformed("${env:%s}: no name of an environment variable", clip(name))
	}
	value, set := os.LookupEnv(name)
	if !set {
		return "", fmt.Errorf("${env:%s}: the environment variable is not set", name)
	}
	return value, plainText("env:"+name, value)
}

// Files are what the configuration was made of: its own file, then those that it takes values from by `${file:PATH}`,
// also those that could not be read. The paths are absolute and may lead through links.
func (c *Config) Files() []string {
	return append([]string{filepath.Join(c.Dir, filepath.Base(c.Path))}, c.files...)
}

// fromFile reads a file that not everyone can read, without the newline at its end. name is the path as it was written.
func fromFile(name, path string) (string, error) {
	info, err := os.Stat(path) // before opening: opening a pipe would wait
	if err != nil {
		return "", fmt.Errorf("${file:%s}: %s", clip(name), reason(err))
	}
	if !info.Mode().IsRegular() {
		return "", fmt.Errorf("${file:%s}: not a plain file", clip(name))
	}
	if info.Mode().Perm()&0o004 != 0 {
		return "", fmt.Errorf("${file:%s}: every user can read the file (mode %04o), chmod o-r it", clip(name), info.Mode().Perm())
	}
	text, err := readSecret(path)
	if err != nil {
		return "", fmt.Errorf("${file:%s}: %s", clip(name), reason(err))
	}
	text = strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r")
	return text, plainText("file:"+clip(name), text)
}

func readSecret(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }()
	text, err := io.ReadAll(io.LimitReader(file, maxSecretFile+1))
	if err == nil && len(text) > maxSecretFile {
		err = fmt.Errorf("longer than %s", document.FormatBytes(maxSecretFile))
	}
	return string(text), err
}

// plainText refuses what no JSON string or terminal can carry.
func plainText(from, value string) error {
	if !utf8.ValidString(value) || strings.ContainsRune(value, 0) {
		return fmt.Errorf("${%s}: the value is not UTF-8 text", from)
	}
	return nil
}

func clip(text string) string {
	const most = 100
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "..."
	}
	return text
}
