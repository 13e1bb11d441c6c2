package settings

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"envelog/internal/secret"
	"envelog/internal/suggest"
)

// FileName is what the file with settings is called.
const FileName = "envelog.yaml"

// maxFile bounds the bytes of the file; one with all settings has some thousand.
const maxFile = 1 << 20

// A File is what envelog.yaml says: a map from the names of settings to values.
type File struct {
	Path    string
	entries map[string]entry
}

type entry struct {
	texts []string
	line  int
	err   error // why it is no value of the setting
}

// A FileError says what is wrong in the file, and where.
type FileError struct {
	Path    string
	Line    int    // from 1; 0 when only the file is known
	Problem string // never a value
}

func (e *FileError) Error() string {
	if e.Line == 0 {
		return e.Path + ": " + e.Problem
	}
	return fmt.Sprintf("%s:%d: %s", e.Path, e.Line, e.Problem)
}

// ReadFile reads the file for the settings that are declared. Its error joins all that is wrong: *FileError each, or
// what opening the file returned. The file that it returns beside an error has what could be read; it is nil when that is
// nothing.
func ReadFile(path string, declared []Setting) (*File, error) {
	content, err := readBounded(path)
	if err != nil {
		return nil, fmt.Errorf("read settings: %w", err)
	}
	f := &File{Path: path, entries: map[string]entry{}}
	root, err := f.parse(content)
	if root == nil || err != nil {
		return f, err
	}
	var errs []error
	for i := 0; i+1 < len(root.Content); i += 2 {
		errs = append(errs, f.add(root.Content[i], root.Content[i+1], declared))
	}
	return f, errors.Join(errs...)
}

func readBounded(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	content, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err == nil && len(content) > maxFile {
		err = fmt.Errorf("%s: more than %d bytes", path, maxFile)
	}
	return content, err
}

// parse returns the map at the root, nil for a file without one.
func (f *File) parse(content []byte) (*yaml.Node, error) {
	var document yaml.Node
	loader, err := yaml.NewLoader(bytes.NewReader(content))
	if err == nil {
		err = loader.Load(&document)
	}
	switch {
	case errors.Is(err, io.EOF):
		return nil, nil
	case err != nil:
		return nil, f.unreadable(err)
	}
	root := document.Content[0]
	if root.Kind == yaml.ScalarNode && root.Tag == "!!null" {
		return nil, nil
	}
	if root.Kind != yaml.MappingNode {
		return nil, f.fail(root, "a map from settings to values is expected, and it is %s", typeOf(root))
	}
	if err := loader.Load(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, f.fail(nil, "there is more than one YAML document, or something behind it that cannot be read")
	}
	return root, nil
}

// unreadable takes the place out of the library's error.
func (f *File) unreadable(err error) error {
	var place *yaml.LoadError
	if !errors.As(err, &place) {
		return f.fail(nil, "the YAML cannot be read: %s", unquoted(err.Error()))
	}
	line := cmp.Or(place.ContextMark.Line, place.Mark.Line)
	return &FileError{f.Path, line, "the YAML cannot be read: " + unquoted(place.Message)}
}

// quoted is what the library's errors show of the file, which may be a password.
var quoted = regexp.MustCompile("'.*'|\".*\"|`.*`")

func unquoted(message string) string { return quoted.ReplaceAllString(message, secret.Stars) }

func (f *File) fail(at *yaml.Node, format string, args ...any) error {
	e := &FileError{Path: f.Path, Problem: fmt.Sprintf(format, args...)}
	if at != nil {
		e.Line = at.Line
	}
	return e
}

// add takes one key with its value.
func (f *File) add(key, value *yaml.Node, declared []Setting) error {
	if key.Kind != yaml.ScalarNode {
		return f.fail(key, "the name of a setting is expected, and it is %s", typeOf(key))
	}
	at := slices.IndexFunc(declared, func(s Setting) bool { return s.Name == key.Value })
	if at < 0 {
		return f.fail(key, "%s", noSetting(key.Value, declared))
	}
	if _, twice := f.entries[key.Value]; twice {
		return f.fail(key, "%s is there twice", key.Value)
	}
	texts, err := f.texts(declared[at], follow(value))
	if err != nil || texts != nil {
		f.entries[key.Value] = entry{texts, key.Line, err}
	}
	return err
}

// keyName is what a setting may be called. A key that is something else is not shown: it may be a DSN whose colon stands in
// the wrong place.
var keyName = regexp.MustCompile(`^[\w-]{1,40}$`)

func noSetting(key string, declared []Setting) string {
	if !keyName.MatchString(key) {
		return "the name of a setting is expected in front of the colon, and it is something else"
	}
	return fmt.Sprintf("there is no setting %q.%s", key, didYouMean(key, declared))
}

func didYouMean(name string, declared []Setting) string {
	var names []string
	for _, s := range declared {
		names = append(names, s.Name)
	}
	if near := suggest.Nearest(name, names); near != "" {
		return fmt.Sprintf(" Did you mean %q?", near)
	}
	return ""
}

// follow returns what an alias stands for.
func follow(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// texts returns the value as texts; nil when it is null, which is no value.
func (f *File) texts(s Setting, n *yaml.Node) ([]string, error) {
	switch {
	case n.Kind == yaml.ScalarNode && n.Tag == "!!null":
		return nil, nil
	case s.Kind == Switch && n.Tag == "!!bool":
		return []string{strings.ToLower(n.Value)}, nil
	case s.Kind == Switch:
		return nil, f.fail(n, "%s takes true or false, not %s", s.Name, typeOf(n))
	case s.Kind == Pairs && n.Kind == yaml.MappingNode:
		return f.pairs(s, n)
	case (s.Kind == List || s.Kind == Pairs) && n.Kind == yaml.SequenceNode:
		return f.list(s, n)
	case !isText(n):
		return nil, f.fail(n, "%s takes %s, not %s", s.Name, s.Kind, typeOf(n))
	}
	if s.Path && isDSN(n.Value) {
		return nil, f.fail(n, "%s takes a path, and this looks like a DSN, which is not shown", s.Name)
	}
	return []string{f.text(s, n.Value)}, nil
}

// text makes a path that is relative to the file one that is relative to the current directory.
func (f *File) text(s Setting, text string) string {
	if s.Path && text != "" && !filepath.IsAbs(text) {
		return filepath.Join(filepath.Dir(f.Path), text)
	}
	return text
}

func (f *File) list(s Setting, n *yaml.Node) ([]string, error) {
	texts := []string{}
	for _, item := range n.Content {
		if item = follow(item); !isText(item) {
			return nil, f.fail(item, "%s takes %s, and one of its values is %s", s.Name, s.Kind, typeOf(item))
		}
		texts = append(texts, item.Value)
	}
	return texts, nil
}

func (f *File) pairs(s Setting, n *yaml.Node) ([]string, error) {
	texts := []string{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, item := n.Content[i], follow(n.Content[i+1])
		if !isText(key) || !isText(item) {
			return nil, f.fail(item, "%s takes %s, and one of its values is %s", s.Name, s.Kind, typeOf(item))
		}
		texts = append(texts, key.Value+"="+item.Value)
	}
	return texts, nil
}

// isText reports whether the node is text or a number.
func isText(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Tag != "!!null" && n.Tag != "!!bool" && n.Tag != "!!merge"
}

// String names the kind as the end of a sentence.
func (k Kind) String() string {
	switch k {
	case Switch:
		return "true or false"
	case List:
		return "a list"
	case Pairs:
		return "a map or a list"
	}
	return "text or a number"
}

// typeOf names what a node is, without its value.
func typeOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a map"
	case yaml.SequenceNode:
		return "a list"
	}
	switch n.Tag {
	case "!!null":
		return "null"
	case "!!bool":
		return "true or false"
	case "!!int", "!!float":
		return "a number"
	}
	return "text"
}

// Layer is the layer of the file. There may be no file.
func (f *File) Layer(s Setting) ([]string, string, error) {
	if f == nil {
		return nil, "", nil
	}
	e, ok := f.entries[s.Name]
	if !ok {
		return nil, "", nil
	}
	return e.texts, fmt.Sprintf("%s:%d", f.Path, e.line), e.err
}
