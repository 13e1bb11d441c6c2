package settings

import (
	"strconv"
	"strings"
)

// Environment is the layer of the variables ENVELOG_*. An empty one counts as none. A list has its values apart by
// white space.
func Environment(getenv func(name string) string) Layer {
	return func(s Setting) ([]string, string, error) {
		text := getenv(s.Variable())
		switch {
		case text == "":
			return nil, "", nil
		case s.Kind == List || s.Kind == Pairs:
			return strings.Fields(text), s.Variable(), nil
		case s.Kind == Switch:
			text = strconv.FormatBool(isOn(text))
		}
		return []string{text}, s.Variable(), nil
	}
}

// isOn reports whether PHP's FILTER_VALIDATE_BOOL takes text for true.
func isOn(text string) bool {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "1", "true", "on", "yes":
		return true
	}
	return false
}
