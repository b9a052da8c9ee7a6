package config

import (
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// Redacted stands where a secret was.
const Redacted = "[redacted]"

// shortSecret is the length in bytes under which a value is masked only where it stands as a word: a secret of two
// letters would otherwise blot out half of every text.
const shortSecret = 6

// Secrets knows values that must not be printed. It may be used by several goroutines.
type Secrets struct {
	mu    sync.Mutex
	words []string
	known map[string]bool
	// unsorted: words were added since Mask put the longest first.
	unsorted bool
}

// Add makes Mask know more values, in the forms that they take in URLs, JSON and quotes.
func (s *Secrets) Add(values ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil {
		s.known = map[string]bool{}
	}
	for _, value := range values {
		for _, form := range formsOf(value) {
			if strings.TrimSpace(form) != "" && !s.known[form] {
				s.known[form] = true
				s.words, s.unsorted = append(s.words, form), true
			}
		}
	}
}

func formsOf(value string) []string {
	forms := []string{value, strings.TrimSpace(value), url.QueryEscape(value), url.PathEscape(value),
		url.UserPassword("", value).String()[1:], strings.Trim(strconv.Quote(value), `"`)}
	if text, err := json.Marshal(value); err == nil {
		forms = append(forms, string(text[1:len(text)-1]))
	}
	return append(forms, strings.Split(value, "\n")...)
}

// secretParts are what must not be printed of a field that a schema marks as a secret. A URL that holds neither user
// nor query nor more than a database's number as its path tells no secret.
func secretParts(value string) []string {
	u, err := url.Parse(value)
	if err != nil || u.Scheme == "" || !strings.Contains(value, "://") {
		return []string{value}
	}
	if password, set := u.User.Password(); set {
		return []string{value, password}
	}
	if u.User == nil && u.RawQuery == "" && u.Fragment == "" && len(u.Path) < shortSecret {
		return nil
	}
	return []string{value}
}

var anyReference = regexp.MustCompile(`\$\{[^}]*\}?`)

// besideReferences is what stands in texts before, between and after references, punctuation alone left out.
func besideReferences(texts []string) []string {
	var parts []string
	for _, text := range texts {
		for _, part := range anyReference.Split(text, -1) {
			if strings.ContainsFunc(part, inWord) {
				parts = append(parts, part)
			}
		}
	}
	return parts
}

// Mask returns text with each known value replaced by Redacted.
func (s *Secrets) Mask(text string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.unsorted {
		slices.SortStableFunc(s.words, func(a, b string) int { return len(b) - len(a) })
		s.unsorted = false
	}
	for _, word := range s.words {
		if !strings.Contains(text, word) {
			continue
		}
		if len(word) >= shortSecret {
			text = strings.ReplaceAll(text, word, Redacted)
		} else {
			text = maskWord(text, word)
		}
	}
	return text
}

// maskWord masks word where no letter or digit touches it.
func maskWord(text, word string) string {
	var b strings.Builder
	for from := 0; ; {
		at := strings.Index(text[from:], word)
		if at < 0 {
			b.WriteString(text[from:])
			return b.String()
		}
		at += from
		end := at + len(word)
		before, _ := utf8.DecodeLastRuneInString(text[:at])
		after, _ := utf8.DecodeRuneInString(text[end:])
		if inWord(before) || inWord(after) {
			_, n := utf8.DecodeRuneInString(text[at:])
			b.WriteString(text[from : at+n])
			from = at + n
			continue
		}
		b.WriteString(text[from:at] + Redacted)
		from = end
	}
}

func inWord(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) }
