package symfony

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"envelog/internal/symfony/php"
)

// call is one of the functions that paths and configuration are made with; nil for others.
func (s *script) call(n *php.Node) *value {
	arguments := make([]*value, len(n.Nodes))
	for i, argument := range n.Nodes {
		arguments[i] = s.eval(argument)
		if arguments[i].kind == opaque || argument.Kind == php.Named {
			return nil
		}
	}
	name := strings.ToLower(n.Text[strings.LastIndexByte(n.Text, '\\')+1:])
	if name == "sys_get_temp_dir" && len(arguments) == 0 {
		return s.scalar(n, s.temporary())
	}
	if len(arguments) == 0 {
		return nil
	}
	if v := s.callWithAny(n, name, arguments); v != nil {
		return v
	}
	texts := make([]string, len(arguments))
	for i, argument := range arguments {
		text, is := argument.data.(string)
		if argument.kind != scalar || !is && (i == 0 || name != "sprintf" && name != "dirname") {
			return nil
		}
		texts[i] = text
		if !is {
			texts[i] = phpString(argument.data)
		}
	}
	v := s.callWithTexts(n, name, texts, arguments)
	if v != nil {
		for _, argument := range arguments {
			v.from = append(v.from, argument.from...)
		}
	}
	return v
}

// callWithAny is a function whose arguments may be more than texts.
func (s *script) callWithAny(n *php.Node, name string, arguments []*value) *value {
	switch {
	case name == "isset":
		return s.scalar(n, !slices.ContainsFunc(arguments, (*value).isNull))
	case name == "empty" && len(arguments) == 1:
		return s.scalar(n, !isTrue(arguments[0]))
	case name == "in_array" && len(arguments) >= 2:
		return s.inArray(n, arguments)
	case strings.HasPrefix(name, "array_"):
		return s.merged(n, name, arguments)
	case name == "implode" && len(arguments) == 2 && arguments[0].kind == scalar:
		var parts []string
		for _, item := range arguments[1].items {
			if item.kind != scalar {
				return nil
			}
			parts = append(parts, phpString(item.data))
		}
		return s.scalar(n, strings.Join(parts, phpString(arguments[0].data)))
	}
	return nil
}

// merged is array_merge(), array_replace() and array_replace_recursive(); nil for others.
func (s *script) merged(n *php.Node, name string, arguments []*value) *value {
	out := &value{at: s.at(n.Place), kind: list}
	next := int64(0)
	for _, from := range arguments {
		switch {
		case !from.isArray():
			return nil
		case name == "array_merge":
			next = out.spread(from, next)
		case name == "array_replace" || name == "array_replace_recursive":
			out = union(out, from, name == "array_replace_recursive")
		default:
			return nil
		}
	}
	return out
}

func (v *value) isArray() bool { return v.kind == list || v.kind == dict }

// union returns an array with the items of both, by key; those of over count, where both have one. deep does the same with
// arrays in them.
func union(under, over *value, deep bool) *value {
	out := &value{at: over.at, kind: list}
	out.toDict()
	for _, from := range []*value{under, over} {
		for i, item := range from.items {
			key := strconv.Itoa(i)
			if from.kind == dict {
				key = from.keys[i]
			}
			if there := out.item(key); deep && there != nil && there.isArray() && item.isArray() {
				item = union(there, item, true)
			}
			out.set(key, item)
		}
	}
	if under.kind == list && over.kind == list {
		out.kind, out.keys = list, nil
	}
	return out
}

// inArray is in_array() where that makes no difference between == and ===: texts among texts.
func (s *script) inArray(n *php.Node, arguments []*value) *value {
	needle, is := arguments[0].data.(string)
	if !is {
		return nil
	}
	found := false
	for _, item := range arguments[1].items {
		text, is := item.data.(string)
		if !is || item.kind != scalar {
			return nil
		}
		found = found || text == needle
	}
	return s.scalar(n, found)
}

// callWithTexts is a function of texts.
func (s *script) callWithTexts(n *php.Node, name string, texts []string, arguments []*value) *value {
	first := texts[0]
	switch name {
	case "dirname":
		return s.dirname(n, first, arguments)
	case "basename":
		if len(texts) == 1 {
			return s.scalar(n, baseName(first))
		}
	case "env":
		return s.scalar(n, "%env("+first+")%")
	case "param":
		return s.scalar(n, "%"+first+"%")
	case "getenv":
		return s.getenv(n, first)
	case "is_file", "file_exists", "is_dir":
		return s.scalar(n, name != "is_dir" && isFile(first) || name != "is_file" && isDir(first))
	case "realpath":
		if real, err := filepath.EvalSymlinks(first); err == nil {
			return s.scalar(n, real)
		}
		return s.scalar(n, false)
	case "strtolower":
		return s.scalar(n, strings.Map(asciiLower, first))
	case "str_starts_with":
		return s.scalar(n, len(texts) == 2 && strings.HasPrefix(first, texts[1]))
	case "trim", "rtrim", "ltrim":
		return s.trimmed(n, name, texts)
	case "sprintf":
		return s.sprintf(n, first, texts[1:])
	}
	return nil
}

func asciiLower(r rune) rune {
	if 'A' <= r && r <= 'Z' {
		return r + 'a' - 'A'
	}
	return r
}

// baseName is PHP's basename().
func baseName(path string) string {
	path = strings.TrimRight(path, "/")
	return path[strings.LastIndexByte(path, '/')+1:]
}

// trimmed is trim() and its like; nil for a range of characters.
func (s *script) trimmed(n *php.Node, name string, texts []string) *value {
	characters := " \n\r\t\v\x00"
	if len(texts) == 2 {
		characters = texts[1]
	}
	if strings.Contains(characters, "..") {
		return nil
	}
	text := texts[0]
	if name != "ltrim" {
		text = strings.TrimRight(text, characters)
	}
	if name != "rtrim" {
		text = strings.TrimLeft(text, characters)
	}
	return s.scalar(n, text)
}

// sprintf fills in %s, and %% for a percent sign; nil for other directives, and for too few arguments.
func (s *script) sprintf(n *php.Node, format string, texts []string) *value {
	var b strings.Builder
	for i := 0; i < len(format); i++ {
		switch {
		case format[i] != '%':
			b.WriteByte(format[i])
			continue
		case strings.HasPrefix(format[i:], "%%"):
			b.WriteByte('%')
		case strings.HasPrefix(format[i:], "%s") && len(texts) > 0:
			b.WriteString(texts[0])
			texts = texts[1:]
		default:
			return nil
		}
		i++
	}
	return s.scalar(n, b.String())
}

// getenv is a variable of the real environment. Those of .env files are there only where PHP was told so, which is known of
// symfony/runtime and not of an application's own front controller.
func (s *script) getenv(n *php.Node, name string) *value {
	v, found := s.app.environment.Lookup(name)
	if found && v.File != "" && !s.app.composer.Extra.Runtime.Putenv {
		return nil
	}
	return s.variable(n, name, false)
}

// temporary is PHP's sys_get_temp_dir().
func (s *script) temporary() string {
	if v, found := s.app.environment.Lookup("TMPDIR"); found && v.Value != "" {
		return strings.TrimSuffix(v.Value, "/")
	}
	return strings.TrimSuffix(os.TempDir(), "/")
}

func (s *script) dirname(n *php.Node, path string, arguments []*value) *value {
	levels := int64(1)
	if len(arguments) > 1 {
		given, is := arguments[1].data.(int64)
		if !is || given < 1 || given > maxNesting {
			return nil
		}
		levels = given
	}
	for range levels {
		path = filepath.Dir(path)
	}
	return s.scalar(n, path)
}
