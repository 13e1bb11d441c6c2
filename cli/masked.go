package cli

import (
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

const stars = "***"

// userInfo is what may hold a password in front of a host. A password that is not encoded may have any character, so
// that everything up to the last @ is taken.
var userInfo = regexp.MustCompile(`(?s)^((?:[\w.-]+=)?[\w.+-]+:(?://)?).*@`)

// masked returns a text with stars in the place of what may be a password, if it is a DSN, and with --dsn's name perhaps.
func masked(text string) string {
	text = userInfo.ReplaceAllString(text, "${1}"+stars+"@")
	front, query, found := strings.Cut(text, "?")
	if !found || !strings.Contains(front, ":") {
		return text
	}
	parts := strings.Split(query, "&")
	for i, part := range parts {
		name, _, _ := strings.Cut(part, "=")
		if isSecret(name) {
			parts[i] = name + "=" + stars
		}
	}
	return front + "?" + strings.Join(parts, "&")
}

// secretName is in the names of options that hold secrets.
var secretName = regexp.MustCompile(`(?i)auth|pass|secret|token|key`)

func isSecret(name string) bool {
	plain, err := url.QueryUnescape(name)
	return err != nil || secretName.MatchString(plain)
}

// flatOption is one option of messenger.yaml.
type flatOption struct {
	name  string // as options.ssl.cafile
	top   string // as ssl
	value any
}

// flattened returns the options by name, without secrets. One that holds others becomes several.
func flattened(options map[string]any) (flat []flatOption) {
	for _, name := range slices.Sorted(maps.Keys(options)) {
		for _, o := range flatten("options."+name, options[name]) {
			o.top = name
			flat = append(flat, o)
		}
	}
	return flat
}

func flatten(name string, value any) (flat []flatOption) {
	if inner, ok := value.(map[string]any); ok {
		for _, key := range slices.Sorted(maps.Keys(inner)) {
			flat = append(flat, flatten(name+"."+key, inner[key])...)
		}
		return flat
	}
	if isSecret(name) {
		value = stars
	}
	if value != nil {
		value = fmt.Sprint(value)
	}
	return []flatOption{{name: name, value: value}}
}
