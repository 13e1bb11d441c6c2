package redis

import (
	"strconv"
	"strings"
)

// parseQuery reads a query string as PHP's parse_str does: pairs separated by &, + and %XX decoded, a later name
// overrides an earlier one, and brackets nest: "ssl[cafile]=x" is {"ssl": {"cafile": "x"}}, "auth[]=u&auth[]=p" is
// {"auth": {"0": "u", "1": "p"}}. Values are string or map[string]any. A dot or a space in a name becomes _ outside of
// brackets. There are no errors: what is malformed is taken literally.
func parseQuery(query string) map[string]any {
	values := map[string]any{}
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if name = strings.TrimLeft(unescapeForm(name), " "); name == "" {
			continue
		}
		setNested(values, splitName(name), unescapeForm(value))
	}
	return values
}

// splitName turns "a[b][c]" into a, b, c. PHP ignores what follows the last bracket, and takes an unclosed bracket as
// part of the name, as _.
func splitName(name string) []string {
	first, rest, nested := strings.Cut(name, "[")
	if !nested || first == "" || !strings.Contains(rest, "]") {
		return []string{formName(name)}
	}
	keys := []string{formName(first)}
	for {
		key, after, closed := strings.Cut(rest, "]")
		if !closed {
			return keys
		}
		keys = append(keys, key)
		if !strings.HasPrefix(after, "[") {
			return keys
		}
		rest = after[1:]
	}
}

var formNames = strings.NewReplacer(".", "_", " ", "_", "[", "_")

func formName(name string) string { return formNames.Replace(name) }

// maxNesting is deeper than any option; PHP stops at 64 (max_input_nesting_level).
const maxNesting = 8

func setNested(values map[string]any, keys []string, value string) {
	if len(keys) > maxNesting {
		return
	}
	for _, key := range keys[:len(keys)-1] {
		inner, ok := values[listKey(values, key)].(map[string]any)
		if !ok {
			inner = map[string]any{}
			values[listKey(values, key)] = inner
		}
		values = inner
	}
	values[listKey(values, keys[len(keys)-1])] = value
}

// listKey gives "[]" the next free number, as PHP does when it appends.
func listKey(values map[string]any, key string) string {
	if key != "" {
		return key
	}
	return strconv.Itoa(len(values))
}

// unescapeForm decodes + and %XX as PHP's urldecode: a percent sign without two hex digits stays.
func unescapeForm(s string) string {
	return unescapePercent(strings.ReplaceAll(s, "+", " "))
}

// unescapePercent decodes %XX as PHP's rawurldecode.
func unescapePercent(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if b, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				out = append(out, byte(b))
				i += 2
				continue
			}
		}
		out = append(out, s[i])
	}
	return string(out)
}
