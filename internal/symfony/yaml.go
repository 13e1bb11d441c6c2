package symfony

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Limits of one YAML file; an application's files have some hundred values.
const (
	maxFile   = 4 << 20 // bytes
	maxValues = 200_000 // values once aliases are followed
	maxDepth  = 100
)

// parseYAML returns the tree of a YAML file, nil when it is empty. Scalars get the types of symfony/yaml, not of YAML 1.1:
// yes and 0777 are text, 1_000 is a number. Errors are *Error of the class ErrInvalid.
func parseYAML(file string, data []byte) (*value, error) {
	var document yaml.Node
	loader, err := yaml.NewLoader(bytes.NewReader(data))
	if err == nil {
		err = loader.Load(&document)
	}
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	if err != nil {
		return nil, yamlError(file, err)
	}
	if err := loader.Load(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, invalid(Position{File: file}, "the file holds more than one YAML document, or something behind it that cannot be read")
	}
	c := converter{file: file}
	v, err := c.convert(&document, 0)
	if err != nil || v.isNull() {
		return nil, err
	}
	return v, nil
}

// yamlError takes the place out of the library's error.
func yamlError(file string, err error) error {
	at, text := Position{File: file}, err.Error()
	var place *yaml.LoadError
	if errors.As(err, &place) {
		at.Line, at.Column, text = place.Mark.Line, place.Mark.Column, place.Message
		if place.ContextMark.Line > 0 {
			at.Line, at.Column = place.ContextMark.Line, place.ContextMark.Column
			text = fmt.Sprintf("%s, %s in line %d", place.ContextMsg, place.Message, place.Mark.Line)
		}
	}
	return invalid(at, "the YAML cannot be read: %s", text)
}

// converter turns the nodes of one file into values.
type converter struct {
	file   string
	values int
}

func (c *converter) convert(n *yaml.Node, depth int) (*value, error) {
	at := Position{c.file, n.Line, n.Column}
	if c.values++; c.values > maxValues || depth > maxDepth {
		return nil, invalid(at, "the file holds too many values, or too deep ones")
	}
	if tag := customTag(n); tag != "" {
		return c.tagged(n, tag, at)
	}
	switch n.Kind {
	case yaml.DocumentNode:
		return c.convert(n.Content[0], depth)
	case yaml.AliasNode:
		return c.convert(n.Alias, depth+1)
	case yaml.SequenceNode:
		return c.sequence(n, at, depth)
	case yaml.MappingNode:
		return c.mapping(n, at, depth)
	}
	return c.scalar(n, at)
}

// customTag returns a tag that the file writes itself, such as !php/const, without those that only name a basic type.
func customTag(n *yaml.Node) string {
	if n.Style&yaml.TaggedStyle == 0 || n.Tag == "!" || strings.HasPrefix(n.Tag, "!!") {
		return ""
	}
	return n.Tag
}

// tagged is a value that PHP has to make, but for its own constants; those of classes are looked up where they are needed.
func (c *converter) tagged(n *yaml.Node, tag string, at Position) (*value, error) {
	if tag == "!php/const" {
		name := strings.TrimPrefix(n.Value, `\`)
		if data, known := phpConstant(name); known {
			return &value{at: at, data: data}, nil
		}
		return &value{at: at, kind: opaque, constant: name, needs: "the constant " + name}, nil
	}
	return &value{at: at, kind: opaque, needs: "what the tag " + tag + " makes"}, nil
}

func (c *converter) sequence(n *yaml.Node, at Position, depth int) (*value, error) {
	v := &value{at: at, kind: list}
	for _, node := range n.Content {
		item, err := c.convert(node, depth+1)
		if err != nil {
			return nil, err
		}
		v.items = append(v.items, item)
	}
	return v, nil
}

// mapping reads the file's own keys first, since they win over those of a merge (<<).
func (c *converter) mapping(n *yaml.Node, at Position, depth int) (*value, error) {
	v := &value{at: at, kind: dict}
	known := map[string]bool{}
	var merges []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, node := n.Content[i], n.Content[i+1]
		switch {
		case key.Kind != yaml.ScalarNode || customTag(key) != "":
			return nil, invalid(Position{c.file, key.Line, key.Column}, "a key has to be plain text")
		case key.Tag == "!!merge":
			merges = append(merges, node)
			continue
		case known[key.Value]:
			return nil, invalid(Position{c.file, key.Line, key.Column}, "the key %q is there twice", key.Value)
		}
		item, err := c.convert(node, depth+1)
		if err != nil {
			return nil, err
		}
		known[key.Value] = true
		v.keys, v.items = append(v.keys, key.Value), append(v.items, item)
	}
	for _, node := range merges {
		if err := c.merge(v, known, node, depth); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// merge adds the entries of a map, or of a list of maps, that v does not have.
func (c *converter) merge(v *value, known map[string]bool, node *yaml.Node, depth int) error {
	source, err := c.convert(node, depth+1)
	if err != nil {
		return err
	}
	sources := []*value{source}
	if source.kind == list {
		sources = source.items
	}
	for _, source := range sources {
		if source.kind != dict {
			return invalid(Position{c.file, node.Line, node.Column}, "<< takes a map or a list of maps")
		}
		for i, key := range source.keys {
			if !known[key] {
				known[key] = true
				v.keys, v.items = append(v.keys, key), append(v.items, source.items[i])
			}
		}
	}
	return nil
}

func (c *converter) scalar(n *yaml.Node, at Position) (*value, error) {
	tagged := n.Style&yaml.TaggedStyle != 0
	switch {
	case tagged && n.Tag == "!!float":
		f, err := strconv.ParseFloat(n.Value, 64)
		if err != nil {
			return nil, invalid(at, "a number is expected behind !!float")
		}
		return &value{at: at, data: f}, nil
	case tagged && n.Tag == "!!binary":
		b, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(n.Value), ""))
		if err != nil {
			return nil, invalid(at, "base64 is expected behind !!binary")
		}
		return &value{at: at, data: string(b)}, nil
	case tagged && n.Tag != "!!str" && n.Tag != "!":
		return nil, invalid(at, "symfony/yaml does not know the tag %s", n.Tag)
	case tagged || n.Style&^yaml.FlowStyle != 0:
		return &value{at: at, data: n.Value}, nil
	}
	return &value{at: at, data: typed(n.Value)}, nil
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
