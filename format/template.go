package format

import (
	"bytes"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"
)

// defaultLineFormat is LineFormatter::SIMPLE_FORMAT without its line feed.
const defaultLineFormat = "[%datetime%] %channel%.%level_name%: %message% %context% %extra%"

// token is what a part of a line format stands for.
type token uint8

const (
	tokenLiteral token = iota // its own text
	tokenMessage
	tokenContext
	tokenLevel
	tokenLevelName
	tokenChannel
	tokenDatetime
	tokenExtra
	tokenContextKey // the element of the context called text
	tokenExtraKey   // the element of extra called text
)

// simpleTokens returns the tokens without keys, in the order in which LineFormatter replaces them: that of the properties
// of a Monolog record (LogRecord::toArray).
func simpleTokens() [7]templatePart {
	return [...]templatePart{{tokenMessage, "message"}, {tokenContext, "context"}, {tokenLevel, "level"},
		{tokenLevelName, "level_name"}, {tokenChannel, "channel"}, {tokenDatetime, "datetime"}, {tokenExtra, "extra"}}
}

// template is a line format, compiled.
//
// LineFormatter has no parts: it replaces one placeholder after the other in what the line is by then, so that it also
// replaces those that stand in a message or a value, or that come about where two meet. The parts give the same line as
// long as there are no such: exact reports whether the format itself rules the latter out, and placeholderIn finds the
// former.
type template struct {
	source string
	parts  []templatePart
	keys   ownKeys
	exact  bool
}

type templatePart struct {
	token token
	text  string
}

// compileTemplate reads a line format. It must be one line; the line feed at its end may be there or not, or be spelled
// \n, as the format reads in PHP's source.
func compileTemplate(format string) (template, error) {
	format = strings.TrimSuffix(strings.TrimSuffix(format, "\n"), `\n`)
	if strings.ContainsFunc(format, unicode.IsControl) || !utf8.ValidString(format) {
		return template{}, errors.New("line format has a line break or control character in it, or is not UTF-8")
	}
	t := template{source: format}
	for rest := format; rest != ""; {
		text, part, after := nextPart(rest)
		if text != "" {
			t.parts = append(t.parts, templatePart{tokenLiteral, text})
		}
		if part.token != tokenLiteral {
			t.add(part)
		}
		rest = after
	}
	t.exact = t.isExact()
	return t, nil
}

func (t *template) add(part templatePart) {
	t.parts = append(t.parts, part)
	switch part.token {
	case tokenContextKey:
		t.keys.context = append(t.keys.context, part.text)
	case tokenExtraKey:
		t.keys.extra = append(t.keys.extra, part.text)
	}
}

// nextPart returns the text before the first placeholder of format, this placeholder, and what follows; the text is all
// of format if there isn't one.
func nextPart(format string) (text string, part templatePart, after string) {
	for i := range len(format) {
		if part, size := placeholderAt(format[i:]); size > 0 {
			return format[:i], part, format[i+size:]
		}
	}
	return format, templatePart{}, ""
}

// placeholderAt returns the placeholder that s starts with, and its size; 0 if it starts with none. The name of a key
// has at least one character, and ends at the next percent sign.
func placeholderAt(s string) (part templatePart, size int) {
	if s == "" || s[0] != '%' {
		return part, 0
	}
	for _, simple := range simpleTokens() {
		if strings.HasPrefix(s[1:], simple.text+"%") {
			return simple, len(simple.text) + 2
		}
	}
	if key, size := keyAt(s, "%context."); size > 0 {
		return templatePart{tokenContextKey, key}, size
	}
	key, size := keyAt(s, "%extra.")
	return templatePart{tokenExtraKey, key}, size
}

// keyAt returns the key between prefix, with which s must start, and the next percent sign, and the size of it all; the
// key has at least one character.
func keyAt(s, prefix string) (key string, size int) {
	rest, ok := strings.CutPrefix(s, prefix)
	if !ok || rest == "" {
		return "", 0
	}
	end := strings.IndexByte(rest[1:], '%')
	if end < 0 {
		return "", 0
	}
	return rest[:1+end], len(prefix) + 1 + end + 1
}

// isExact reports whether no placeholder can come about in t but by a value that holds one: percent signs only stand for
// placeholders, and what follows a placeholder does not look like the name of another.
func (t *template) isExact() bool {
	for i, part := range t.parts {
		if strings.Contains(part.text, "%") { // of text or a key
			return false
		}
		if part.token != tokenLiteral && i+1 < len(t.parts) && (t.parts[i+1].token != tokenLiteral || isNameByte(t.parts[i+1].text[0])) {
			return false
		}
	}
	return true
}

func isNameByte(c byte) bool { return c >= 'a' && c <= 'z' || c == '_' }

// placeholderIn reports whether there is a placeholder, or the beginning of one with a key, in line.
func placeholderIn(line []byte) bool {
	for {
		i := bytes.IndexByte(line, '%')
		if i < 0 {
			return false
		}
		line = line[i+1:]
		if startsName(line) {
			return true
		}
	}
}

func startsName(s []byte) bool {
	if len(s) == 0 || !isNameByte(s[0]) {
		return false
	}
	for _, name := range [...]string{"message%", "context%", "level%", "level_name%", "channel%", "datetime%", "extra%", "context.", "extra."} {
		if bytes.HasPrefix(s, []byte(name)) {
			return true
		}
	}
	return false
}
