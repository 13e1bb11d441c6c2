package symfony

import (
	"strings"
	"unicode/utf8"
)

// Limits of one YAML file; an application's files have some hundred values.
const (
	maxFile   = 4 << 20 // bytes
	maxValues = 200_000 // values once aliases are followed
	maxDepth  = 100
)

// A yamlReader reads one file as symfony/yaml does (Parser.php, Inline.php): line by line, with a language of its own that
// is neither YAML 1.1 nor 1.2. docs/decisions/symfony-yaml.md says why no library does it.
//
// Collections in blocks are found by indentation. What begins with a bracket is first brought into one line (yamlLexer),
// and read from there (yamlInline).
type yamlReader struct {
	file      string
	lines     []string // without their ends; what is no content is empty
	at        int      // the present line, from 0
	anchors   map[string]*value
	values    int
	depth     int
	constants func(name string) (data any, known bool) // of classes, for keys; nil: none are known
}

// parseYAML returns the tree of a YAML file, nil when it is empty. Scalars get the types of symfony/yaml, not of YAML 1.1:
// yes and 0777 are text, 1_000 is a number. Errors are *Error of the class ErrInvalid. constants may be nil.
func parseYAML(file string, data []byte, constants func(name string) (data any, known bool)) (v *value, err error) {
	if !utf8.Valid(data) {
		return nil, invalid(Position{File: file}, "the YAML cannot be read: it is not UTF-8")
	}
	text := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(data))
	r := &yamlReader{file: file, lines: strings.Split(text, "\n"), anchors: map[string]*value{}, constants: constants}
	defer func() {
		if failure, is := recover().(yamlFailure); is {
			v, err = nil, failure.err
		}
	}()
	return r.document(), nil
}

// A yamlFailure is thrown where a file cannot be read, and caught in parseYAML.
type yamlFailure struct{ err *Error }

// fail ends the reading of the file, with a place in the present line; column is a byte offset.
func (r *yamlReader) fail(column int, format string, args ...any) {
	panic(yamlFailure{invalid(r.position(r.at, column), "the YAML cannot be read: "+format, args...)})
}

// position is a place in a line, both from 0, the column in bytes.
func (r *yamlReader) position(line, column int) Position {
	if line >= len(r.lines) {
		return Position{r.file, len(r.lines), 0}
	}
	return Position{r.file, line + 1, utf8.RuneCountInString(r.lines[line][:min(column, len(r.lines[line]))]) + 1}
}

// enter bounds the values of a file, and how deep they are.
func (r *yamlReader) enter() {
	if r.values++; r.values > maxValues {
		r.fail(0, "it holds too many values")
	}
	if r.depth++; r.depth > maxDepth {
		r.fail(0, "its values are nested too deep")
	}
}

func (r *yamlReader) leave() { r.depth-- }

// document reads the whole file.
func (r *yamlReader) document() *value {
	r.cleanUp()
	if !r.skipEmpty() {
		return nil
	}
	v := r.block(r.indentation()) // all of it may be indented; symfony/yaml refuses that
	if r.skipEmpty() {
		r.fail(0, "something is left over behind its value, or indented otherwise than what is before it")
	}
	if v.isNull() {
		return nil
	}
	return v
}

// cleanUp empties what stands in front of the content and after it: %YAML, --- and ... (Parser::cleanup).
func (r *yamlReader) cleanUp() {
	for r.at = 0; r.at < len(r.lines) && (r.isEmpty() || strings.HasPrefix(r.lines[r.at], "%YAML")); r.at++ {
		r.lines[r.at] = ""
	}
	if r.at < len(r.lines) {
		if rest, is := strings.CutPrefix(r.lines[r.at], "---"); is && (rest == "" || rest[0] == ' ' || rest[0] == '\t') {
			r.lines[r.at] = ""
			if content := strings.TrimLeft(rest, " \t"); content != "" && strings.IndexByte("#%!&|>", content[0]) < 0 {
				r.lines[r.at] = content
			}
		}
	}
	last := len(r.lines)
	for i := len(r.lines) - 1; i >= 0; i-- {
		line := strings.TrimSpace(r.lines[i])
		if isMarker(r.lines[i], "...") {
			last = i
		} else if line != "" && line[0] != '#' {
			break
		}
	}
	r.lines = r.lines[:last]
	for i, line := range r.lines {
		if isMarker(line, "---") || isMarker(line, "...") {
			r.at = i
			r.fail(0, "it holds more than one document")
		}
	}
	r.at = 0
}

func isMarker(line, marker string) bool {
	rest, is := strings.CutPrefix(line, marker)
	return is && (rest == "" || rest[0] == ' ' || rest[0] == '\t')
}

// isEmpty reports whether the present line is blank or a comment.
func (r *yamlReader) isEmpty() bool {
	line := strings.TrimLeft(r.lines[r.at], " ")
	return line == "" || line[0] == '#'
}

// skipEmpty goes to the next line that is not empty; false at the end.
func (r *yamlReader) skipEmpty() bool {
	for r.at < len(r.lines) && r.isEmpty() {
		r.at++
	}
	return r.at < len(r.lines)
}

// indentation of the present line, in spaces.
func (r *yamlReader) indentation() int {
	line := r.lines[r.at]
	n := len(line) - len(strings.TrimLeft(line, " "))
	if n < len(line) && line[n] == '\t' && strings.TrimSpace(line) != "" {
		r.fail(n, "it is indented by a tab")
	}
	return n
}

// child reads the block below a key or a dash at that column, null when there isn't one. The items of a sequence below a key
// may stand in the key's own column.
func (r *yamlReader) child(column int, ofKey bool) *value {
	at := r.position(r.at, column)
	r.at++
	if !r.skipEmpty() {
		return &value{at: at}
	}
	n := r.indentation()
	switch {
	case n > column:
		return r.block(n)
	case n == column && ofKey && isDash(r.lines[r.at][n:]):
		return r.sequence(n, true)
	}
	return &value{at: at}
}

// isDash reports whether an item of a sequence begins here.
func isDash(text string) bool {
	return strings.TrimRight(text, " ") == "-" || strings.HasPrefix(text, "- ") || strings.HasPrefix(text, "-\t")
}

// block reads what begins in that column of the present line.
func (r *yamlReader) block(column int) *value {
	text := r.lines[r.at][column:]
	switch {
	case isDash(text):
		return r.sequence(column, false)
	case strings.HasPrefix(text, "? "):
		r.fail(column, "symfony/yaml knows no keys that begin with ?")
	case r.isKey(text):
		return r.mapping(column)
	}
	return r.lone(column)
}

// goesOn reports whether the present line is the next one of a collection in that column.
func (r *yamlReader) goesOn(column int) bool {
	if !r.skipEmpty() {
		return false
	}
	n := r.indentation()
	if n > column {
		r.fail(n, "it is indented otherwise than what is before it")
	}
	return n == column
}

func (r *yamlReader) sequence(column int, ofKey bool) *value {
	r.enter()
	defer r.leave()
	v := &value{at: r.position(r.at, column), kind: list}
	for first := true; first || r.goesOn(column); first = false {
		text := r.lines[r.at][column:]
		if !isDash(text) {
			if !ofKey {
				r.fail(column, "a key stands among the items of a list")
			}
			break
		}
		rest := strings.TrimLeft(text[1:], " \t")
		if rest == "" || rest[0] == '#' {
			v.items = append(v.items, r.child(column, false))
			continue
		}
		v.items = append(v.items, r.item(column+len(text)-len(rest), column))
	}
	return v
}

// item reads what follows a dash; outer is the dash's column.
func (r *yamlReader) item(start, outer int) *value {
	start, name := r.anchor(start)
	text := r.lines[r.at][start:]
	var v *value
	switch {
	case text == "" || text[0] == '#':
		v = r.child(outer, false)
	case loneTag.MatchString(strings.TrimRight(text, " ")):
		v = r.taggedChild(text, outer, false)
	case isDash(text):
		v = r.sequence(start, false)
	case blockHeader.MatchString(strings.TrimRight(text, " ")):
		v = r.blockScalar(start, outer)
	case r.isKey(text):
		v = r.mapping(start)
	default:
		v = r.value(start, outer, false)
	}
	return r.keep(name, v)
}

// anchor reads &name in front of a value, and returns where the value begins.
func (r *yamlReader) anchor(start int) (after int, name string) {
	text := r.lines[r.at][start:]
	if !strings.HasPrefix(text, "&") {
		return start, ""
	}
	name, rest, _ := strings.Cut(text[1:], " ")
	return start + len(text) - len(strings.TrimLeft(rest, " ")), strings.TrimRight(name, " ")
}

func (r *yamlReader) keep(name string, v *value) *value {
	if name != "" {
		r.anchors[name] = v
	}
	return v
}

// alias returns what an anchor holds; its values count again.
func (r *yamlReader) alias(name string, column int) *value {
	v, known := r.anchors[name]
	if !known {
		r.fail(column, "the anchor that * names is not defined; a text that begins with * needs quotes")
	}
	r.countAgain(v)
	return v
}

func (r *yamlReader) countAgain(v *value) {
	if r.values++; r.values > maxValues {
		r.fail(0, "it holds too many values")
	}
	for _, item := range v.items {
		r.countAgain(item)
	}
}
