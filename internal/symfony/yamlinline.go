package symfony

import (
	"regexp"
	"strings"
)

// A yamlInline is a value in quotes or brackets, brought into one line.
type yamlInline struct {
	*yamlReader
	text   []byte
	places []yamlPlace // of each byte
	at     int
}

type yamlPlace struct{ line, column int } // both from 0, the column in bytes

// flow reads a value in quotes or brackets that begins at start, over several lines perhaps, and goes behind it. Behind it
// only a comment may stand in its line.
func (r *yamlReader) flow(start int) *value {
	l := &yamlLexer{yamlReader: r, column: start, in: &yamlInline{yamlReader: r}}
	quoted := r.lines[r.at][start] == '"' || r.lines[r.at][start] == '\''
	if quoted {
		l.quoted()
	} else {
		l.structure()
	}
	rest := strings.TrimLeft(r.lines[r.at][l.column:], " \t")
	if rest != "" && rest[0] != '#' {
		r.fail(l.column, "something stands behind the end of a value")
	}
	in, after := l.in, r.at+1
	defer func() { r.at = after }()
	r.at = in.places[0].line
	if quoted {
		return &value{at: in.position(0), data: unquote(r, string(in.text), start)}
	}
	v := in.collection()
	if strings.TrimSpace(string(in.text[in.at:])) != "" {
		in.failAt(in.at, "something stands behind the end of a list or a map; a text with brackets or commas in it needs quotes")
	}
	return v
}

// A yamlLexer brings a value in quotes or brackets into one line (Parser::lexInlineStructure, lexInlineQuotedString).
type yamlLexer struct {
	*yamlReader
	column int // in the present line, in bytes
	in     *yamlInline
}

// take appends n bytes of the present line.
func (l *yamlLexer) take(n int) {
	line := l.lines[l.at]
	for range n {
		l.in.text = append(l.in.text, line[l.column])
		l.in.places = append(l.in.places, yamlPlace{l.at, l.column})
		l.column++
	}
}

// insert appends what stands in no line.
func (l *yamlLexer) insert(text string) {
	for i := range len(text) {
		l.in.text = append(l.in.text, text[i])
		l.in.places = append(l.in.places, yamlPlace{l.at, l.column})
	}
}

// nextLine goes to the next line.
func (l *yamlLexer) nextLine() {
	if l.at+1 >= len(l.lines) {
		l.in.failAt(0, "%q is not closed", l.in.text[:1])
	}
	l.at++
	l.column = 0
}

// space goes over white space, over several lines; true when there was any.
func (l *yamlLexer) space() (any bool) {
	for {
		rest := l.lines[l.at][l.column:]
		trimmed := strings.TrimLeft(rest, " \t")
		any = any || len(trimmed) < len(rest)
		l.column += len(rest) - len(trimmed)
		if trimmed != "" {
			return any
		}
		l.nextLine()
		any = true
	}
}

// structure takes a bracket with all that is in it.
func (l *yamlLexer) structure() {
	l.enter()
	defer l.leave()
	closer := map[byte]byte{'{': '}', '[': ']'}[l.lines[l.at][l.column]]
	l.take(1)
	l.space()
	for {
		line := l.lines[l.at]
		if l.column >= len(line) || line[l.column] == '#' {
			l.nextLine()
			l.space()
			continue
		}
		switch line[l.column] {
		case '"', '\'':
			l.quoted()
		case ':', ',':
			l.take(1)
		case '{', '[':
			l.structure()
		case closer:
			l.take(1)
			return
		case '&', '*':
			l.take(1 + span(line[l.column+1:], " \t,[]{}"))
		default:
			l.unquoted()
		}
		if l.space() {
			l.insert(" ")
		}
	}
}

// span is how many bytes come before one of those, or the end.
func span(text, stop string) int {
	if i := strings.IndexAny(text, stop); i >= 0 {
		return i
	}
	return len(text)
}

func (l *yamlLexer) unquoted() {
	rest := l.lines[l.at][l.column:]
	n := span(rest, "[]{},:")
	if place := comment.FindStringIndex(rest[:n]); place != nil {
		n = place[0]
	}
	if n == 0 {
		l.fail(l.column, "%q is not expected here", rest[:1])
	}
	l.take(n)
}

// quoted takes a text in quotes; a line break in it is a space, a blank line a line break.
func (l *yamlLexer) quoted() {
	quote := l.lines[l.at][l.column]
	l.take(1)
	newline, backslash := true, false
	for first := true; ; first = false {
		line := l.lines[l.at]
		if !first {
			l.column = len(line) - len(strings.TrimLeft(line, " \t"))
		}
		blank := strings.Trim(line, " \t") == ""
		switch {
		case blank:
			l.insert("\n")
		case !newline && !backslash:
			l.insert(" ")
		}
		if l.untilQuote(quote) {
			return
		}
		trailing := len(line) - len(strings.TrimRight(line, `\`))
		newline, backslash = blank, !blank && quote == '"' && trailing%2 == 1
		l.nextLine()
	}
}

// untilQuote takes the present line up to the closing quote; false when that is in a later line.
func (l *yamlLexer) untilQuote(quote byte) bool {
	line := l.lines[l.at]
	kept := len(l.in.text)
	for l.column < len(line) {
		switch c := line[l.column]; {
		case c == '\\' && quote == '"' && l.column+1 == len(line):
			l.column++ // the line break is taken out, and what is before it stays
			kept = len(l.in.text)
		case c == '\\' && quote == '"':
			l.take(2)
			kept = len(l.in.text)
		case c == quote && quote == '\'' && strings.HasPrefix(line[l.column+1:], "'"):
			l.take(2)
		case c == quote:
			l.take(1)
			return true
		default:
			l.take(1)
		}
	}
	for len(l.in.text) > kept && (l.in.text[len(l.in.text)-1] == ' ' || l.in.text[len(l.in.text)-1] == '\t') {
		l.in.text, l.in.places = l.in.text[:len(l.in.text)-1], l.in.places[:len(l.in.text)-1]
	}
	return false
}

// position is the place of a byte of the text.
func (in *yamlInline) position(i int) Position {
	p := in.places[min(i, len(in.places)-1)]
	return in.yamlReader.position(p.line, p.column)
}

func (in *yamlInline) failAt(i int, format string, args ...any) {
	panic(yamlFailure{invalid(in.position(i), "the YAML cannot be read: "+format, args...)})
}

func (in *yamlInline) more() bool { return in.at < len(in.text) }

// collection reads the list or map that begins here.
func (in *yamlInline) collection() *value {
	in.enter()
	defer in.leave()
	if in.text[in.at] == '[' {
		return in.sequence()
	}
	return in.mapping()
}

func (in *yamlInline) sequence() *value {
	v := &value{at: in.position(in.at), kind: list}
	afterValue := false
	for in.at++; in.more(); {
		switch in.text[in.at] {
		case ']':
			in.at++
			return v
		case ',':
			if !afterValue {
				v.items = append(v.items, &value{at: in.position(in.at)})
			}
			afterValue = false
			in.at++
		case ' ', '\n':
			in.at++
		default:
			v.items = append(v.items, in.item())
			afterValue = true
		}
	}
	in.failAt(in.at, "a list is not closed")
	return nil
}

// embedded is "key: value" in a list, which stands for a map of one.
var embedded = regexp.MustCompile(`^[^"'\[{,\]]+?: `)

func (in *yamlInline) item() *value {
	rest := string(in.text[in.at:])
	if m := quotedKey.FindString(rest); m == "" && embedded.MatchString(strings.TrimRight(rest[:span(rest, ",]")], " \n")) && rest[0] != '!' && rest[0] != '&' || strings.HasPrefix(rest, "!php/") && keyInList.MatchString(rest) {
		return in.pair()
	}
	return in.operand(",]")
}

var keyInList = regexp.MustCompile(`^!php/(?:const|enum) [^ ,\]]+: +[^ ,\]]`)

// pair reads one key with its value.
func (in *yamlInline) pair() *value {
	m := &yamlMapping{value: &value{at: in.position(in.at), kind: dict}}
	in.keyed(m, ",]")
	return m.value
}

func (in *yamlInline) mapping() *value {
	m := &yamlMapping{value: &value{at: in.position(in.at), kind: dict}}
	for in.at++; in.more(); {
		switch in.text[in.at] {
		case ' ', ',', '\n':
			in.at++
		case '}':
			in.at++
			return m.value
		default:
			in.keyed(m, ",}")
		}
	}
	in.failAt(in.at, "a map is not closed")
	return nil
}

// keyed reads one key with its value into a map.
func (in *yamlInline) keyed(m *yamlMapping, stop string) {
	start := in.at
	in.yamlReader.at = in.places[start].line
	key, plain := in.key()
	if i := strings.IndexByte(string(in.text[in.at:]), ':'); i >= 0 {
		in.at += i + 1
	} else {
		in.failAt(start, "a key without a colon")
	}
	if plain && (!in.more() || strings.IndexByte(" ,[]{}\n", in.text[in.at]) < 0) {
		in.failAt(in.at-1, "a space is expected behind a colon")
	}
	for in.more() && strings.IndexByte(": \n", in.text[in.at]) >= 0 {
		in.at++
	}
	if !in.more() {
		in.failAt(start, "a map is not closed")
	}
	if plain && key == "<<" {
		m.overwrite = true
		in.mergeInto(m, in.operand(stop), in.places[start].column)
		return
	}
	v := in.operand(stop)
	if there := m.item(key); there != nil && !there.isNull() && !m.overwrite {
		in.failAt(start, "the key %q is there twice", key)
	}
	m.set(key, v)
}

// key reads up to the colon; plain is false for quotes and constants.
func (in *yamlInline) key() (key string, plain bool) {
	rest := string(in.text[in.at:])
	if quoted := quotedKey.FindString(rest); quoted != "" {
		start := in.at
		in.at += len(quoted)
		return unquote(in.yamlReader, quoted, in.places[start].column), false
	}
	if strings.HasPrefix(rest, "!php/") {
		if end := constantEnd.FindStringIndex(rest); end != nil {
			if name, is := constantTag(strings.TrimRight(rest[:end[0]+1], ":")); is {
				place := in.places[in.at]
				in.at += end[0] + 1
				return in.constantKey(name, place.column), false
			}
		}
	}
	n := span(rest, ": ")
	if n == 0 {
		in.failAt(in.at, "a key is missing")
	}
	start := in.at
	in.at += n
	if !isKeyType(rest[:n]) {
		in.failAt(start, "the key %q needs quotes", rest[:n])
	}
	return rest[:n], true
}

// constantEnd is the end of a constant's name in front of a colon that is none of its own.
var constantEnd = regexp.MustCompile(`[^:]:(?:[^:]|$)`)

// operand reads a value that ends in front of one of the signs.
func (in *yamlInline) operand(stop string) *value {
	start := in.at
	in.yamlReader.at = in.places[start].line
	name, tag := in.properties()
	if !in.more() || strings.IndexByte(stop, in.text[in.at]) >= 0 {
		v := &value{at: in.position(start)}
		if tag != "" {
			v = tagValue(in.yamlReader, tag, "", v.at, in.places[start].column)
		}
		return in.keep(name, v)
	}
	at := in.position(start)
	var v *value
	switch in.text[in.at] {
	case '[', '{':
		v = in.collection()
		if tag != "" && tag != "!" {
			v = &value{at: at, kind: opaque, needs: "what " + shownTag(tag) + " makes"}
		}
	case '"', '\'':
		text := in.quotedText(stop)
		v = &value{at: at, data: text}
		if tag != "" && tag != "!" {
			v = tagValue(in.yamlReader, tag, text, at, in.places[start].column)
		}
	default:
		v = in.scalar(tag, stop, at)
	}
	return in.keep(name, v)
}

// properties reads &anchor and !tag in front of a value.
func (in *yamlInline) properties() (name, tag string) {
	for in.more() && (in.text[in.at] == '&' || in.text[in.at] == '!') {
		rest := string(in.text[in.at:])
		word := rest[:span(rest, " \t\n,[]{}")]
		if rest[0] == '&' {
			name = word[1:]
		} else {
			tag = word
		}
		in.at += len(word)
		for in.more() && in.text[in.at] == ' ' {
			in.at++
		}
	}
	return name, tag
}

// quotedText reads a text in quotes, after which one of the signs has to come.
func (in *yamlInline) quotedText(stop string) string {
	start := in.at
	quoted := quotedKey.FindString(string(in.text[in.at:]))
	if quoted == "" {
		in.failAt(start, "a quote is not closed")
	}
	in.at += len(quoted)
	for in.more() && (in.text[in.at] == ' ' || in.text[in.at] == '\n') {
		in.at++
	}
	if !in.more() || strings.IndexByte(stop, in.text[in.at]) < 0 {
		in.failAt(in.at, "something stands behind the end of a text in quotes")
	}
	return unquote(in.yamlReader, quoted, in.places[start].column)
}

// scalar reads a text without quotes.
func (in *yamlInline) scalar(tag, stop string, at Position) *value {
	start := in.at
	rest := string(in.text[in.at:])
	in.at += span(rest, stop)
	text := strings.TrimSpace(rest[:in.at-start])
	place := in.places[start]
	switch {
	case tag != "":
		return tagValue(in.yamlReader, tag, text, at, place.column)
	case text[0] == '*':
		return in.alias(withoutComment(text[1:]), place.column)
	case strings.IndexByte("@`|>%", text[0]) >= 0:
		in.reserved(text, place.column)
	}
	return &value{at: at, data: typed(text)}
}
