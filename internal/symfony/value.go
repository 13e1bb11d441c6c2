package symfony

import (
	"slices"
	"strconv"
	"strings"

	"envelog/internal/phpfilter"
	"envelog/internal/symfony/dotenv"
)

type kind uint8

const (
	scalar kind = iota
	list
	dict
	opaque // only PHP knows it
)

// A value is one value of the configuration, with the types that Symfony's YAML parser gives: nil, bool, int64, float64,
// string, lists, and dictionaries that keep their order.
type value struct {
	at       Position
	kind     kind
	data     any      // of a scalar
	keys     []string // of a dict
	items    []*value // of a list or dict
	needs    string   // of an opaque value: what PHP would have to be asked
	constant string   // of an opaque value: the constant of a class, Class::NAME, that it is; else ""

	final bool              // nothing in it is to be replaced any more: it comes out of an environment variable
	from  []dotenv.Variable // the environment variables that went into it
}

// item returns the item of a dict under key; nil when there isn't one, or when v is no dict.
func (v *value) item(key string) *value {
	if v == nil || v.kind != dict {
		return nil
	}
	if i := slices.Index(v.keys, key); i >= 0 {
		return v.items[i]
	}
	return nil
}

// set puts an item into a dict, instead of the one under that key.
func (v *value) set(key string, item *value) {
	v.toDict()
	if i := slices.Index(v.keys, key); i >= 0 {
		v.items[i] = item
		return
	}
	v.keys, v.items = append(v.keys, key), append(v.items, item)
}

// toDict makes a dict of a list, with its numbers as keys.
func (v *value) toDict() {
	if v.kind == list {
		v.kind = dict
		for i := range v.items {
			v.keys = append(v.keys, strconv.Itoa(i))
		}
	}
}

// unknownPrefix begins the key of an item whose key only PHP knows; the rest tells such items apart.
const unknownPrefix = "? "

// unknownKey returns the error of the first item whose key only PHP knows; nil when there isn't one.
func (v *value) unknownKey() error {
	for i, key := range v.keys {
		if strings.HasPrefix(key, unknownPrefix) && v.items[i].kind == opaque {
			return needsPHP(v.items[i].at, "only PHP knows %s", v.items[i].needs)
		}
	}
	return nil
}

// merge puts all items of another dict into v.
func (v *value) merge(from *value) {
	for i, key := range from.keys {
		v.set(key, from.items[i])
	}
}

// underscored returns v, a dict, with dashes in its keys replaced by underscores as Symfony does in most places
// (ArrayNode::preNormalize): not where a key has both signs, and not where the result is a key already.
func (v *value) underscored() *value {
	out := *v
	out.keys = slices.Clone(v.keys)
	for i, key := range v.keys {
		if normal := strings.ReplaceAll(key, "-", "_"); !strings.Contains(key, "_") && !slices.Contains(v.keys, normal) {
			out.keys[i] = normal
		}
	}
	return &out
}

// isNull reports whether v is missing or null.
func (v *value) isNull() bool { return v == nil || v.kind == scalar && v.data == nil }

// typeName names the type of v for an error; the value itself may be a secret.
func (v *value) typeName() string {
	switch v.kind {
	case list:
		return "a list"
	case dict:
		return "a map"
	}
	switch v.data.(type) {
	case bool:
		return "a boolean"
	case int64:
		return "an integer"
	case float64:
		return "a float"
	case string:
		return "text"
	}
	return "null"
}

// plain returns v as Go values: nil, bool, int64, float64, string, []any and map[string]any.
func (v *value) plain() any {
	switch v.kind {
	case list:
		out := make([]any, len(v.items))
		for i, item := range v.items {
			out[i] = item.plain()
		}
		return out
	case dict:
		out := make(map[string]any, len(v.items))
		for i, item := range v.items {
			out[v.keys[i]] = item.plain()
		}
		return out
	}
	return v.data
}

// variables returns the environment variables that went into v and its items.
func (v *value) variables() []dotenv.Variable {
	all := slices.Clone(v.from)
	for _, item := range v.items {
		all = append(all, item.variables()...)
	}
	return all
}

// phpString is PHP's string cast of a scalar.
func phpString(data any) string {
	text, _ := phpfilter.Text(data)
	return text
}
