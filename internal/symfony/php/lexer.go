package php

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// A Place is where something begins in a file.
type Place struct {
	Line   int // from 1
	Column int // from 1, in characters
}

// An Error says where a file could not be read.
type Error struct {
	Place
	Text string
}

func (e *Error) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Text) }

type tokenKind uint8

const (
	end       tokenKind = iota
	name                // foo, Foo\Bar, \Foo, namespace\Foo
	variable            // $foo, text without the sign
	text                // a string without anything to replace in it; text is its value
	mixedText           // a string with variables in it
	number              // text as written
	sign                // operators and brackets; #[ is one
)

type token struct {
	kind  tokenKind
	text  string
	place Place
	from  int // offset of its first byte
	to    int // offset after it
}

// lexer splits the PHP parts of a file into tokens; HTML, white space and comments are left out.
type lexer struct {
	source string
	at     int
	place  Place
	tokens []token
}

func tokenize(source string) ([]token, error) {
	l := &lexer{source: source, place: Place{1, 1}}
	l.skipHTML()
	for l.at < len(l.source) {
		if err := l.next(); err != nil {
			return nil, err
		}
	}
	l.tokens = append(l.tokens, token{kind: end, place: l.place, from: l.at, to: l.at})
	return l.tokens, nil
}

// skipHTML goes to what follows the next opening tag.
func (l *lexer) skipHTML() {
	rest := l.source[l.at:]
	i := strings.Index(rest, "<?php")
	if i < 0 {
		l.advance(len(rest))
		return
	}
	l.advance(i + len("<?php"))
}

// advance moves over n bytes, and keeps count of lines and columns.
func (l *lexer) advance(n int) {
	passed := l.source[l.at : l.at+n]
	l.at += n
	if lines := strings.Count(passed, "\n"); lines > 0 {
		l.place.Line += lines
		l.place.Column = 1
		passed = passed[strings.LastIndexByte(passed, '\n')+1:]
	}
	l.place.Column += utf8.RuneCountInString(passed)
}

var (
	nameSyntax     = regexp.MustCompile(`^\\?[A-Za-z_\x{80}-\x{10FFFF}][\w\x{80}-\x{10FFFF}]*(\\[A-Za-z_\x{80}-\x{10FFFF}][\w\x{80}-\x{10FFFF}]*)*`)
	variableSyntax = regexp.MustCompile(`^\$[A-Za-z_\x{80}-\x{10FFFF}][\w\x{80}-\x{10FFFF}]*`)
	numberSyntax   = regexp.MustCompile(`^(0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|([0-9][0-9_]*(\.[0-9_]*)?|\.[0-9][0-9_]*)([eE][+-]?[0-9_]+)?)`)
	heredocSyntax  = regexp.MustCompile(`^<<<[ \t]*(['"]?)([A-Za-z_]\w*)['"]?\r?\n`)
)

// signs are the operators of several characters, longer ones first.
var signs = []string{"<=>", "**=", "...", "<<=", ">>=", "===", "!==", "??=", "?->", "|>",
	"#[", "=>", "->", "::", "==", "!=", "<>", "<=", ">=", "&&", "||", "??", "++", "--", "+=", "-=", "*=", "/=", ".=", "%=", "&=", "|=", "^=", "<<", ">>", "**"}

func (l *lexer) next() error {
	rest := l.source[l.at:]
	switch c := rest[0]; {
	case strings.IndexByte(" \t\r\n\v\f", c) >= 0:
		l.advance(len(rest) - len(strings.TrimLeft(rest, " \t\r\n\v\f")))
	case strings.HasPrefix(rest, "?>"):
		l.add(sign, ";", 2)
		l.skipHTML()
	case strings.HasPrefix(rest, "//"), c == '#' && !strings.HasPrefix(rest, "#["):
		l.skipLine(rest)
	case strings.HasPrefix(rest, "/*"):
		return l.skipComment(rest)
	case c == '\'':
		return l.singleQuoted(rest)
	case c == '"', c == '`':
		return l.doubleQuoted(rest)
	case strings.HasPrefix(rest, "<<<") && heredocSyntax.MatchString(rest):
		return l.heredoc(rest)
	default:
		l.word(rest)
	}
	return nil
}

// word reads a variable, a name, a number or a sign.
func (l *lexer) word(rest string) {
	if m := variableSyntax.FindString(rest); m != "" {
		l.add(variable, m[1:], len(m))
	} else if m := nameSyntax.FindString(rest); m != "" {
		l.add(name, m, len(m))
	} else if m := numberSyntax.FindString(rest); m != "" {
		l.add(number, m, len(m))
	} else {
		for _, s := range signs {
			if strings.HasPrefix(rest, s) {
				l.add(sign, s, len(s))
				return
			}
		}
		_, size := utf8.DecodeRuneInString(rest)
		l.add(sign, rest[:size], size)
	}
}

// add appends a token of n bytes.
func (l *lexer) add(kind tokenKind, value string, n int) {
	t := token{kind: kind, text: value, place: l.place, from: l.at, to: l.at + n}
	l.advance(n)
	l.tokens = append(l.tokens, t)
}

// skipLine goes to the end of a comment, which a closing tag ends, too.
func (l *lexer) skipLine(rest string) {
	stop := len(rest)
	for _, mark := range []string{"\n", "?>"} {
		if i := strings.Index(rest, mark); i >= 0 {
			stop = min(stop, i)
		}
	}
	l.advance(stop)
}

func (l *lexer) skipComment(rest string) error {
	i := strings.Index(rest[2:], "*/")
	if i < 0 {
		return &Error{l.place, "a comment does not end"}
	}
	l.advance(i + 4)
	return nil
}

func (l *lexer) singleQuoted(rest string) error {
	n := closing(rest, '\'')
	if n == 0 {
		return &Error{l.place, "a text in quotes does not end"}
	}
	l.add(text, strings.NewReplacer(`\\`, `\`, `\'`, `'`).Replace(rest[1:n-1]), n)
	return nil
}

// closing returns the offset after the closing quote; 0 when there isn't one.
func closing(rest string, quote byte) int {
	for i := 1; i < len(rest); i++ {
		switch rest[i] {
		case '\\':
			i++
		case quote:
			return i + 1
		}
	}
	return 0
}

func (l *lexer) doubleQuoted(rest string) error {
	n := closing(rest, rest[0])
	if n == 0 {
		return &Error{l.place, "a text in quotes does not end"}
	}
	value, plain := unescape(rest[1:n-1], `"`)
	if !plain || rest[0] == '`' {
		l.add(mixedText, rest[:n], n)
		return nil
	}
	l.add(text, value, n)
	return nil
}

// unescape returns what PHP makes of the inside of double quotes, and whether nothing has to be replaced in it.
func unescape(inside, quote string) (value string, plain bool) {
	var b strings.Builder
	for i := 0; i < len(inside); i++ {
		c := inside[i]
		switch {
		case c == '$' && i+1 < len(inside) && startsVariable(inside[i+1:]), c == '{' && strings.HasPrefix(inside[i:], "{$"):
			return "", false
		case c != '\\' || i+1 == len(inside):
			b.WriteByte(c)
		default:
			i++
			n := unescapeOne(&b, inside[i:], quote)
			if n == 0 {
				return "", false // by number: such texts are no names, and are left to PHP
			}
			i += n - 1
		}
	}
	return b.String(), true
}

func startsVariable(rest string) bool {
	return rest[0] == '{' || variableSyntax.MatchString("$"+rest)
}

// unescapeOne writes what the backslash in front of rest makes, and returns how many bytes of rest went into it.
func unescapeOne(b *strings.Builder, rest, quote string) int {
	plain := map[byte]byte{'n': '\n', 'r': '\r', 't': '\t', 'v': '\v', 'e': 0x1b, 'f': '\f', '\\': '\\', '$': '$'}
	c, known := plain[rest[0]]
	switch {
	case known:
		b.WriteByte(c)
	case rest[:1] == quote:
		b.WriteString(quote)
	case rest[0] == 'x' || rest[0] == 'u' || '0' <= rest[0] && rest[0] <= '7':
		return 0
	default:
		b.WriteString(`\` + rest[:1])
	}
	return 1
}

// heredoc reads a text between <<<NAME and NAME; the indentation of the last line is taken from all of them.
func (l *lexer) heredoc(rest string) error {
	m := heredocSyntax.FindStringSubmatch(rest)
	ending := regexp.MustCompile(`(?m)^([ \t]*)` + m[2] + `\b`)
	body := rest[len(m[0]):]
	place := ending.FindStringSubmatchIndex(body)
	if place == nil {
		return &Error{l.place, "the text <<<" + m[2] + " does not end"}
	}
	inside, indent := strings.TrimSuffix(body[:place[0]], "\n"), body[place[2]:place[3]]
	if indent != "" {
		inside = strings.TrimPrefix(strings.ReplaceAll("\n"+inside, "\n"+indent, "\n"), "\n")
	}
	n := len(m[0]) + place[1]
	if m[1] == "'" {
		l.add(text, inside, n)
		return nil
	}
	if value, plain := unescape(inside, ""); plain {
		l.add(text, value, n)
		return nil
	}
	l.add(mixedText, rest[:n], n)
	return nil
}
