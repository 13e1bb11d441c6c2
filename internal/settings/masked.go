package settings

import (
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Stars stand instead of a secret.
const Stars = "***"

// userInfo is what may hold a password in front of a host. A password that is not encoded may have any character, so
// that everything up to the last @ is taken.
var userInfo = regexp.MustCompile(`(?s)^((?:[\w.-]+=)?[\w.+-]+:(?://)?).*@`)

// Masked returns a text with Stars instead of what may be a password, if it is a DSN, and with --dsn's name perhaps.
func Masked(text string) string {
	text = userInfo.ReplaceAllString(text, "${1}"+Stars+"@")
	front, query, found := strings.Cut(text, "?")
	if !found || !strings.Contains(front, ":") {
		return text
	}
	parts := strings.Split(query, "&")
	for i, part := range parts {
		name, _, _ := strings.Cut(part, "=")
		if isSecret(name) {
			parts[i] = name + "=" + Stars
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

// FlatOption is one option of messenger.yaml.
type FlatOption struct {
	Name  string // as options.ssl.cafile
	Top   string // as ssl
	Value any    // text, Stars for a secret, or nil
}

// Flatten returns the options by name, without secrets. One that holds others becomes several.
func Flatten(options map[string]any) (flat []FlatOption) {
	for _, name := range slices.Sorted(maps.Keys(options)) {
		for _, o := range flattenOne("options."+name, options[name]) {
			o.Top = name
			flat = append(flat, o)
		}
	}
	return flat
}

func flattenOne(name string, value any) (flat []FlatOption) {
	if inner, ok := value.(map[string]any); ok {
		for _, key := range slices.Sorted(maps.Keys(inner)) {
			flat = append(flat, flattenOne(name+"."+key, inner[key])...)
		}
		return flat
	}
	if isSecret(name) {
		value = Stars
	}
	if value != nil {
		value = fmt.Sprint(value)
	}
	return []FlatOption{{Name: name, Value: value}}
}
