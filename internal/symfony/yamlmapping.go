package symfony

import (
	"regexp"
	"strings"

	"envelog/internal/secret"
)

// A yamlKey is what stands in front of a colon.
type yamlKey struct {
	raw    string // as written
	quoted bool
	value  int // offset of what follows the colon; -1 for nothing
}

var (
	quotedKey   = regexp.MustCompile(`^(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')`)
	keyEnd      = regexp.MustCompile(`^ *:(?:[ \t]+(\S.*))?$`)
	plainKeyEnd = regexp.MustCompile(` *:(?:[ \t]|$)`)
	tagBefore   = regexp.MustCompile(`^![^\s]+\s+`)
)

// cutKey splits "key: value"; false when the text is none.
func cutKey(text string) (k yamlKey, is bool) {
	text = strings.TrimRight(text, " \t")
	tag := tagBefore.FindString(text)
	rest := text[len(tag):]
	if rest == "" || strings.IndexByte(" [{", rest[0]) >= 0 || rest[0] == '!' {
		return k, false
	}
	end := len(quotedKey.FindString(rest))
	k.quoted = end > 0 && tag == ""
	if end == 0 && rest[0] != '"' && rest[0] != '\'' {
		place := plainKeyEnd.FindStringIndex(rest)
		if place == nil || place[0] == 0 {
			return k, false
		}
		end = place[0]
	}
	m := keyEnd.FindStringSubmatchIndex(rest[end:])
	k.raw = text[:len(tag)+end]
	if end == 0 || m == nil || !k.quoted && strings.Contains(k.raw, " #") {
		return k, false
	}
	k.value = -1
	if m[2] >= 0 {
		k.value = len(tag) + end + m[2]
	}
	return k, true
}

func (r *yamlReader) isKey(text string) bool {
	_, is := cutKey(text)
	return is
}

// A yamlMapping is a mapping while its keys come in.
type yamlMapping struct {
	*value
	overwrite bool // there was a merge, after which keys may come again
}

// put adds a key. One that is there already is an error, unless it holds null, or a merge was before.
func (r *yamlReader) put(m *yamlMapping, key string, item *value, column int) {
	if there := m.item(key); there != nil && !there.isNull() && !m.overwrite {
		r.fail(column, "the key %q is there twice", secret.Text(key))
	}
	m.set(key, item)
}

func (r *yamlReader) mapping(column int) *value {
	r.enter()
	defer r.leave()
	m := &yamlMapping{value: &value{at: r.position(r.at, column), kind: dict}}
	for first := true; first || r.goesOn(column); first = false {
		k, is := cutKey(r.lines[r.at][column:])
		if !is {
			r.fail(column, "a key with a colon is expected")
		}
		if k.raw == "<<" {
			r.merge(m, k, column)
			continue
		}
		key := r.key(k, column)
		line := r.at
		item := r.entry(k, column)
		now := r.at
		r.at = line
		r.put(m, key, item, column)
		r.at = now
	}
	return m.value
}

// key returns the text of a key.
func (r *yamlReader) key(k yamlKey, column int) string {
	if k.quoted {
		return unquote(r, k.raw, column)
	}
	if name, isConstant := constantTag(k.raw); isConstant {
		return r.constantKey(name, column)
	}
	if strings.IndexByte("@`|>%", k.raw[0]) >= 0 {
		r.reserved(k.raw, column)
	}
	if !isKeyType(k.raw) || k.raw[0] == '!' || strings.HasPrefix(k.raw, "? ") {
		r.fail(column, "the key %q needs quotes", secret.Text(k.raw))
	}
	return phpString(typed(k.raw))
}

// isKeyType reports whether a plain text may be a key: null, booleans and floats may not.
func isKeyType(text string) bool {
	switch typed(text).(type) {
	case nil, bool, float64:
		return false
	}
	return true
}

// constantTag returns what is named by !php/const NAME or !php/enum NAME.
func constantTag(text string) (name string, is bool) {
	for _, tag := range []string{"!php/const", "!php/enum"} {
		rest, is := strings.CutPrefix(text, tag)
		rest = strings.TrimPrefix(rest, ":")
		if is && strings.HasPrefix(rest, " ") {
			return strings.Trim(strings.TrimSpace(rest), `'"`), true
		}
	}
	return "", false
}

// constantKey is a key that is a constant. One that is not known makes that entry unknown, and no other.
func (r *yamlReader) constantKey(name string, column int) string {
	name = strings.TrimPrefix(name, `\`)
	data, known := phpConstant(name)
	if !known && r.constants != nil {
		data, known = r.constants(name)
	}
	if !known {
		return "? " + name + " in " + r.position(r.at, column).String()
	}
	return phpString(data)
}

// entry reads the value of a key in that column, and goes behind it.
func (r *yamlReader) entry(k yamlKey, column int) *value {
	if k.value < 0 {
		return r.child(column, true)
	}
	start, name := r.anchor(column + k.value)
	text := r.lines[r.at][start:]
	switch {
	case text == "" || text[0] == '#':
		return r.keep(name, r.child(column, true))
	case blockHeader.MatchString(strings.TrimRight(text, " ")):
		return r.keep(name, r.blockScalar(start, column))
	}
	if loneTag.MatchString(strings.TrimRight(text, " ")) {
		return r.keep(name, r.taggedChild(text, column, true))
	}
	return r.keep(name, r.value(start, column, true))
}

// taggedChild reads the block below a tag that stands alone.
func (r *yamlReader) taggedChild(text string, column int, ofKey bool) *value {
	tag := loneTag.FindStringSubmatch(strings.TrimRight(text, " "))[1]
	line := r.at
	inner := r.child(column, ofKey)
	if tag == "!" {
		return inner
	}
	if strings.HasPrefix(tag, "!!") || strings.HasPrefix(tag, "!php/") {
		r.at = line
		r.fail(column, "a value is missing behind %s", shownTag(tag))
	}
	return &value{at: inner.at, kind: opaque, needs: "what " + shownTag(tag) + " makes"}
}

// loneTag is a tag with nothing after it, for the block below.
var loneTag = regexp.MustCompile(`^(!\S*)(?:\s+#.*)?$`)

// merge puts in what << names: keys that are not there yet, in their order.
func (r *yamlReader) merge(m *yamlMapping, k yamlKey, column int) {
	m.overwrite = true
	line := r.at
	source := r.entry(k, column)
	now := r.at
	r.at = line
	r.mergeInto(m, source, column)
	r.at = now
}

func (r *yamlReader) mergeInto(m *yamlMapping, source *value, column int) {
	sources := []*value{source}
	if source.kind == list {
		sources = source.items
	}
	for _, source := range sources {
		if source.kind != dict {
			r.fail(column, "<< takes a map or a list of maps")
		}
		for i, key := range source.keys {
			if m.item(key) == nil {
				m.set(key, source.items[i])
			}
		}
	}
}

// unquotedParameter is a parameter without the quotes that it needs.
var unquotedParameter = regexp.MustCompile(`^%(?:env\([\w:.]+\)|[a-z_]+\.[\w.]+)%`)

// reserved refuses a plain text that begins with a sign that YAML keeps for itself.
func (r *yamlReader) reserved(text string, column int) {
	at := r.position(r.at, column)
	err := invalid(at, "the YAML cannot be read: a text that begins with %q needs quotes", text[:1])
	if parameter := unquotedParameter.FindString(text); parameter != "" {
		err.Cure = "write '" + parameter + "'"
	}
	panic(yamlFailure{err})
}
