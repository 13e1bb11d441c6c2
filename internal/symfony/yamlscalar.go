package symfony

import (
	"encoding/base64"
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// comment is where one begins after a plain text.
var comment = regexp.MustCompile(`[ \t]+#`)

func withoutComment(text string) string {
	if place := comment.FindStringIndex(text); place != nil {
		return text[:place[0]]
	}
	return text
}

// value reads what begins at start behind a key or a dash in the column outer, and goes behind it.
func (r *yamlReader) value(start, outer int, ofKey bool) *value {
	r.enter()
	defer r.leave()
	text := strings.TrimRight(r.lines[r.at][start:], " \t")
	switch text[0] {
	case '*':
		v := r.alias(withoutComment(text[1:]), start)
		r.at++
		return v
	case '"', '\'', '{', '[':
		return r.flow(start)
	case '!':
		if v := r.tagged(text, start, outer); v != nil {
			return v
		}
	}
	return r.plain(text, start, outer, ofKey)
}

// lone is a block that is neither a list nor a map: one value over all its lines.
func (r *yamlReader) lone(column int) *value {
	text := strings.TrimRight(r.lines[r.at][column:], " \t")
	if strings.IndexByte(`"'{[!*`, text[0]) >= 0 {
		return r.value(column, column-1, false)
	}
	if blockHeader.MatchString(text) {
		return r.blockScalar(column, column-1)
	}
	return r.plain(text, column, column-1, false)
}

// plain reads a text without quotes, which goes on in lines that are indented more than outer.
func (r *yamlReader) plain(text string, start, outer int, ofKey bool) *value {
	at, line := r.position(r.at, start), r.at
	if strings.IndexByte("@`|>%", text[0]) >= 0 {
		r.reserved(text, start)
	}
	var b strings.Builder
	b.WriteString(text)
	blank := false
	for r.at++; r.at < len(r.lines); r.at++ {
		next := r.lines[r.at]
		trimmed := strings.Trim(next, " \t")
		if next == "" || r.indentation() <= outer {
			break
		}
		if strings.HasPrefix(trimmed, "#") {
			r.at++
			break
		}
		if ofKey && strings.Contains(next, ": ") || !ofKey && r.isKey(trimmed) {
			r.fail(0, "a colon in a text over several lines needs quotes around the text")
		}
		switch {
		case trimmed == "":
			b.WriteByte('\n')
		case blank:
			b.WriteString(trimmed)
		default:
			b.WriteString(" " + trimmed)
		}
		blank = trimmed == ""
	}
	whole := withoutComment(b.String())
	if strings.Contains(whole, ": ") {
		r.at = line
		r.fail(start, "a colon in a text needs quotes around the text")
	}
	return &value{at: at, data: typed(strings.TrimSpace(whole))}
}

// tagged reads a value with a tag; nil when it is a plain text after all.
func (r *yamlReader) tagged(text string, start, outer int) *value {
	at := r.position(r.at, start)
	tag, rest, _ := strings.Cut(text, " ")
	rest = strings.TrimLeft(rest, " ")
	inner := start + len(text) - len(rest)
	if rest == "" || rest[0] == '#' {
		r.at++
		return tagValue(r, tag, "", at, start)
	}
	if rest[0] == '{' || rest[0] == '[' {
		v := r.flow(inner)
		if tag == "!" {
			return v
		}
		return &value{at: at, kind: opaque, needs: "what " + shownTag(tag) + " makes"}
	}
	if rest[0] == '"' || rest[0] == '\'' {
		v := r.flow(inner)
		if tag == "!" {
			return v
		}
		return tagValue(r, tag, phpString(v.data), at, start)
	}
	line := r.at
	for r.at++; r.at < len(r.lines) && r.lines[r.at] != "" && r.indentation() > outer && !r.isEmpty(); r.at++ {
		rest += " " + strings.Trim(r.lines[r.at], " \t")
	}
	now := r.at
	r.at = line
	v := tagValue(r, tag, strings.TrimSpace(withoutComment(rest)), at, start)
	r.at = now
	return v
}

// tagValue is a text with a tag in front of it (Inline::evaluateScalar).
func tagValue(r *yamlReader, tag, text string, at Position, column int) *value {
	switch tag {
	case "!":
		return &value{at: at, data: typed(text)}
	case "!!str":
		return &value{at: at, data: text}
	case "!!float":
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			r.fail(column, "a number is expected behind !!float")
		}
		return &value{at: at, data: f}
	case "!!binary":
		b, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
		if err != nil {
			r.fail(column, "base64 is expected behind !!binary")
		}
		return &value{at: at, data: string(b)}
	case "!php/const", "!php/enum", "!php/const:", "!php/enum:":
		return constantValue(strings.TrimSuffix(tag, ":"), strings.TrimPrefix(text, `\`), at)
	}
	if strings.HasPrefix(tag, "!!") {
		r.fail(column, "symfony/yaml does not know %s", shownTag(tag))
	}
	return &value{at: at, kind: opaque, needs: "what " + shownTag(tag) + " makes"}
}

// knownTag is a tag of symfony/yaml, of Symfony's container, or of YAML itself.
var knownTag = regexp.MustCompile(`^!(?:php/\w+:?|!\w{2,9}|tagged(?:_iterator|_locator)?|service(?:_locator|_closure)?|iterator|closure|abstract|returns_clone)$`)

// shownTag names a tag in an error. One that nothing knows may be a text that begins with !, such as a password.
func shownTag(tag string) string {
	if knownTag.MatchString(tag) {
		return "the tag " + tag
	}
	return "a tag that is not known (a text that begins with ! needs quotes)"
}

// constantValue is a constant: PHP's own, or one of a class that is looked up where the value is needed.
func constantValue(tag, name string, at Position) *value {
	if data, known := phpConstant(name); known {
		return &value{at: at, data: data}
	}
	what := "the constant "
	if tag == "!php/enum" {
		what = "the enum "
	}
	return &value{at: at, kind: opaque, constant: name, needs: what + name}
}

// blockHeader begins a text that stands in the lines below, as | or >-, with a tag in front perhaps.
var blockHeader = regexp.MustCompile(`^(?:(![\w!.\/:-]+)[ \t]+)?([|>])([+-]?[0-9]*[+-]?)(?:[ \t]+#.*)?$`)

// blockScalar reads such a text, whose lines are indented more than outer (Parser::parseBlockScalar).
func (r *yamlReader) blockScalar(start, outer int) *value {
	at := r.position(r.at, start)
	m := blockHeader.FindStringSubmatch(strings.TrimRight(r.lines[r.at][start:], " "))
	indent := 0
	if digits := strings.Trim(m[3], "+-"); digits != "" {
		indent, _ = strconv.Atoi(digits)
		indent += max(outer, 0)
	}
	var lines []string
	for r.at++; r.at < len(r.lines); r.at++ {
		line := r.lines[r.at]
		n := len(line) - len(strings.TrimLeft(line, " "))
		blank := n == len(line)
		if indent == 0 && !blank {
			indent = n
		}
		if !blank && (n <= outer || n < indent) {
			break
		}
		if blank && indent == 0 {
			line = ""
		}
		lines = append(lines, line[min(len(line), indent):])
	}
	text := strings.Join(lines, "\n")
	if m[2] == ">" {
		text = folded(lines)
	}
	end := "\n"
	if r.at == len(r.lines) {
		end = "" // the line break of a file's end, if it has one, is in front of an empty line
	}
	switch trimmed := strings.TrimRight(text, "\n"); {
	case strings.Contains(m[3], "+"):
		text += end
	case strings.Contains(m[3], "-"), trimmed == "":
		text = trimmed
	default:
		text = trimmed
		if end != "" || r.at < len(r.lines) || strings.HasSuffix(strings.Join(lines, "\n"), "\n") {
			text += "\n"
		}
	}
	if m[1] != "" {
		return tagValue(r, m[1], text, at, start)
	}
	return &value{at: at, data: text}
}

// folded joins lines by spaces, except for those that are indented more, and blank ones.
func folded(lines []string) string {
	var b strings.Builder
	started, indented, blank := false, false, false
	for i, line := range lines {
		switch {
		case line == "":
			b.WriteByte('\n')
			blank = true
			continue
		case line[0] == ' ' || line[0] == '\t':
			if started {
				b.WriteByte('\n')
			}
			indented = true
		case indented:
			b.WriteByte('\n')
			indented = false
		case !blank && i > 0:
			b.WriteByte(' ')
		}
		b.WriteString(line)
		started, blank = true, false
	}
	return b.String()
}

// unquote returns the text between quotes.
func unquote(r *yamlReader, text string, column int) string {
	inside := text[1 : len(text)-1]
	if text[0] == '\'' {
		return strings.ReplaceAll(inside, "''", "'")
	}
	var b strings.Builder
	for i := 0; i < len(inside); i++ {
		if inside[i] != '\\' {
			b.WriteByte(inside[i])
			continue
		}
		i++
		n := escaped(&b, inside[i:])
		if n == 0 {
			r.fail(column, `the escape \%.1s is not known`, inside[i:])
		}
		i += n - 1
	}
	return b.String()
}

// escaped writes what a backslash in front of rest makes, and returns how many bytes of rest went into it; 0 when none is
// known (Unescaper.php).
func escaped(b *strings.Builder, rest string) int {
	plain := map[byte]string{
		'0': "\x00", 'a': "\a", 'b': "\b", 't': "\t", '\t': "\t", 'n': "\n", 'v': "\v", 'f': "\f", 'r': "\r", 'e': "\x1b", ' ': " ", '"': `"`,
		'/': "/", '\\': `\`, 'N': "\u0085", '_': "\u00a0", 'L': "\u2028", 'P': "\u2029",
	}
	if text, known := plain[rest[0]]; known {
		b.WriteString(text)
		return 1
	}
	digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[rest[0]]
	if digits == 0 || len(rest) <= digits {
		return 0
	}
	code, err := strconv.ParseUint(rest[1:1+digits], 16, 32)
	if err != nil {
		return 0
	}
	b.Write(utf8Bytes(uint32(code % 0x200000))) //nolint:gosec // below 2^21
	return 1 + digits
}

// utf8Bytes is the code in UTF-8, surrogates too, as PHP writes them.
func utf8Bytes(c uint32) []byte {
	if 0xD800 <= c && c < 0xE000 {
		return []byte{byte(0xE0 | c>>12), byte(0x80 | c>>6&0x3F), byte(0x80 | c&0x3F)}
	}
	if c > utf8.MaxRune {
		return []byte{byte(0xF0 | c>>18), byte(0x80 | c>>12&0x3F), byte(0x80 | c>>6&0x3F), byte(0x80 | c&0x3F)}
	}
	return utf8.AppendRune(nil, rune(c))
}

// typed returns a bare scalar with the type that symfony/yaml gives it since 6.0 (Inline::evaluateScalar); 5.4 also reads
// 0777 as octal. Dates stay text here, where Symfony makes a Unix time of them: no setting of a transport is one.
func typed(s string) any {
	switch strings.ToLower(s) {
	case "", "~", "null":
		return nil
	case "true":
		return true
	case "false":
		return false
	case ".inf":
		return math.Inf(1)
	case "-.inf":
		return math.Inf(-1)
	case ".nan":
		return math.NaN()
	}
	if n, ok := number(s); ok {
		return n
	}
	return s
}

var (
	octal   = regexp.MustCompile(`^[+-]?0o[0-7_]+$`)
	hex     = regexp.MustCompile(`^0[xX][0-9a-fA-F_]+$`)
	integer = regexp.MustCompile(`^[+-]?[0-9][0-9_]*$`)
	float   = regexp.MustCompile(`^[+-]?[0-9][0-9_]*(\.[0-9_]+)?$|^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$`)
)

// number returns s as PHP's number, and whether it looks like one. A whole number that PHP's int cannot hold, or that it
// would write otherwise (leading zeros), is the text of its digits.
func number(s string) (any, bool) {
	bare := strings.TrimPrefix(strings.ReplaceAll(s, "_", ""), "+")
	switch {
	case octal.MatchString(s):
		sign, digits, _ := strings.Cut(bare, "0o")
		return based(sign+"0"+digits, 8), true
	case hex.MatchString(s):
		return based("0"+bare[2:], 16), true
	case integer.MatchString(s):
		n, err := strconv.ParseInt(bare, 10, 64)
		if err != nil || strconv.FormatInt(n, 10) != bare {
			return bare, true
		}
		return n, true
	case float.MatchString(s):
		f, _ := strconv.ParseFloat(bare, 64) // out of range is infinite, in PHP too
		return f, true
	}
	return nil, false
}

// based is PHP's octdec and hexdec of well-formed digits: an int, or a float when that is too small.
func based(digits string, base int) any {
	n, _ := new(big.Int).SetString(digits, base)
	if n.IsInt64() {
		return n.Int64()
	}
	f, _ := new(big.Float).SetInt(n).Float64()
	return f
}
