package dotenv

import (
	"bytes"
	"strings"
)

// A part is one stretch of a value: bare (quote 0), or between single or double quotes. The text of a part between double
// quotes has its \", \r and \n undone; all other backslashes and dollars are as written.
type part struct {
	quote byte
	text  string
}

// An assignment is one NAME=value of a file, with nothing resolved yet.
type assignment struct {
	name  string
	line  int
	parts []part
}

// lexer cuts a file into assignments; Dotenv::parse, lexVarname and lexValue in PHP.
type lexer struct {
	file string
	data string
	pos  int

	counted, lines int // line feeds before offset counted, so that each byte is counted once
}

// newLexer checks what symfony/dotenv refuses before it looks at a line: a byte-order mark and, since 6.4, NUL bytes.
func newLexer(file string, data []byte) (*lexer, error) {
	l := &lexer{file: file, data: strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(data))}
	if bytes.HasPrefix(data, []byte("\xEF\xBB\xBF")) {
		return nil, l.fail("the file starts with a byte-order mark; save it without one")
	}
	if i := strings.IndexByte(l.data, 0); i >= 0 {
		l.pos = i
		return nil, l.fail("the file holds a NUL byte")
	}
	return l, nil
}

// assignments returns every assignment in the order of the file; a name may come up more than once.
func (l *lexer) assignments() ([]assignment, error) {
	var all []assignment
	for l.skipBlank(); l.pos < len(l.data); l.skipBlank() {
		line := l.line(l.pos)
		name, err := l.name()
		if err != nil {
			return nil, err
		}
		parts, err := l.value()
		if err != nil {
			return nil, err
		}
		all = append(all, assignment{name, line, parts})
	}
	return all, nil
}

// skipBlank moves over white space, empty lines and comment lines.
func (l *lexer) skipBlank() {
	for l.pos < len(l.data) {
		switch c := l.data[l.pos]; {
		case isSpace(c):
			l.pos++
		case c == '#':
			l.skipComment()
		default:
			return
		}
	}
}

func (l *lexer) skipComment() {
	for l.pos < len(l.data) && l.data[l.pos] != '\n' {
		l.pos++
	}
}

// name reads [export ]NAME= and leaves the position behind the equals sign.
func (l *lexer) name() (string, error) {
	exported := l.export()
	n := nameLen(l.data[l.pos:])
	if n == 0 {
		return "", l.fail("a variable name was expected; names hold letters, digits and underscores")
	}
	name := l.data[l.pos : l.pos+n]
	l.pos += n
	switch c := l.peek(0); {
	case c == '=':
		l.pos++
		return name, nil
	case exported && (c == 0 || c == '\n' || c == '#'):
		return "", l.fail("export " + name + " has no value; write export " + name + "=")
	case c == ' ' || c == '\t':
		return "", l.fail("white space after " + name + "; write " + name + "= without a space")
	}
	return "", l.fail("no = after " + name)
}

// export moves over the keyword when a name follows it; a variable may itself be called export.
func (l *lexer) export() bool {
	rest, found := strings.CutPrefix(l.data[l.pos:], "export")
	trimmed := strings.TrimLeft(rest, " \t")
	if !found || len(trimmed) == len(rest) || nameLen(trimmed) == 0 {
		return false
	}
	l.pos = len(l.data) - len(trimmed)
	return true
}

// value reads the parts up to the end of the line, or of the last line of a quoted part, and the comment behind them.
func (l *lexer) value() ([]part, error) {
	if l.emptyValue() {
		return nil, nil
	}
	if c := l.peek(0); c == ' ' || c == '\t' {
		return nil, l.fail("white space before the value; write it directly behind =")
	}
	var parts []part
	for l.pos < len(l.data) && l.data[l.pos] != '\n' {
		p, err := l.part()
		if err != nil {
			return nil, err
		}
		parts = append(parts, p)
		if p.quote == 0 && l.peek(0) == '#' {
			l.skipComment()
		}
	}
	return parts, nil
}

// emptyValue moves over the rest of the line when it holds only blanks and a comment.
func (l *lexer) emptyValue() bool {
	i := l.pos
	for i < len(l.data) && (l.data[i] == ' ' || l.data[i] == '\t') {
		i++
	}
	if i < len(l.data) && l.data[i] != '\n' && l.data[i] != '#' {
		return false
	}
	l.pos = i
	l.skipComment()
	return true
}

func (l *lexer) part() (part, error) {
	switch l.data[l.pos] {
	case '\'':
		return l.single()
	case '"':
		return l.double()
	}
	return l.bare()
}

// single reads a part between single quotes: everything is literal, and lines may follow each other.
func (l *lexer) single() (part, error) {
	start := l.pos
	end := strings.IndexByte(l.data[start+1:], '\'')
	if end < 0 {
		return part{}, l.fail("the quote ' is not closed")
	}
	l.pos = start + 1 + end + 1
	return part{'\'', l.data[start+1 : l.pos-1]}, nil
}

// double reads a part between double quotes. A quote after one backslash does not close it; only the two bytes before
// it decide, as in PHP.
func (l *lexer) double() (part, error) {
	start := l.pos
	for i := start + 1; i < len(l.data); i++ {
		if l.data[i] == '"' && (l.data[i-1] != '\\' || l.data[i-2] == '\\') {
			l.pos = i + 1
			return part{'"', unquoteDouble(l.data[start+1 : i])}, nil
		}
	}
	return part{}, l.fail(`the quote " is not closed`)
}

// unquoteDouble makes three passes as PHP's str_replace does, so that \\n becomes a backslash and a line feed.
func unquoteDouble(s string) string {
	s = strings.ReplaceAll(s, `\"`, `"`)
	s = strings.ReplaceAll(s, `\r`, "\r")
	return strings.ReplaceAll(s, `\n`, "\n")
}

// bare reads a part outside quotes: it ends at a quote, at the end of the line or at a comment after a blank.
func (l *lexer) bare() (part, error) {
	before := l.data[l.pos-1]
	var text []byte
	for ; l.pos < len(l.data); l.pos++ {
		c := l.data[l.pos]
		if c == '\n' || isQuote(c) || c == '#' && (before == ' ' || before == '\t') {
			break
		}
		if c == '\\' && isQuote(l.peek(1)) {
			l.pos++
			c = l.data[l.pos]
		}
		text, before = append(text, c), c
		if c == '$' && l.peek(1) == '(' {
			command, err := l.parentheses()
			if err != nil {
				return part{}, err
			}
			text = append(text, command...)
		}
	}
	return part{0, strings.TrimRight(string(text), " \n\r\t\v")}, nil
}

// parentheses returns the balanced text after a dollar and leaves the position on its last byte. Quotes and comment
// signs mean nothing in it; a line may not end in it.
func (l *lexer) parentheses() (string, error) {
	start := l.pos + 1
	depth := 0
	for i := start; i < len(l.data) && l.data[i] != '\n'; i++ {
		switch l.data[i] {
		case '(':
			depth++
		case ')':
			depth--
		}
		if depth == 0 {
			l.pos = i
			return l.data[start : i+1], nil
		}
	}
	return "", l.fail("the parenthesis of $( is not closed")
}

// peek returns the byte n positions ahead, 0 at the end of the data.
func (l *lexer) peek(n int) byte {
	if l.pos+n >= len(l.data) {
		return 0
	}
	return l.data[l.pos+n]
}

// line returns the number of the line that holds offset at; offsets only grow from call to call.
func (l *lexer) line(at int) int {
	l.lines += strings.Count(l.data[l.counted:at], "\n")
	l.counted = at
	return 1 + l.lines
}

// fail makes the error for the present position.
func (l *lexer) fail(problem string) error {
	column := l.pos - strings.LastIndexByte(l.data[:l.pos], '\n')
	return &SyntaxError{File: l.file, Line: l.line(l.pos), Column: column, Problem: problem}
}

// nameLen returns the length of the variable name at the start of s, 0 when there isn't one: underscores, a letter, then
// letters, digits and underscores.
func nameLen(s string) int {
	i := 0
	for i < len(s) && s[i] == '_' {
		i++
	}
	if i == len(s) || !isLetter(s[i]) {
		return 0
	}
	for i < len(s) && isNameByte(s[i]) {
		i++
	}
	return i
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func isNameByte(c byte) bool { return isLetter(c) || '0' <= c && c <= '9' || c == '_' }

func isQuote(c byte) bool { return c == '"' || c == '\'' }

// isSpace is \s of PCRE without the UTF-8 flag.
func isSpace(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }
