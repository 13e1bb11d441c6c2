package console

import (
	"fmt"
	"slices"
	"strings"

	"envelog/internal/suggest"
	"envelog/internal/usage"
)

// Command is a command by its name, with the sentence that describes it.
type Command struct {
	Name, Usage string
}

// FindCommand returns the name of the command that is called so. Each part between colons may be cut short, as long as one
// command alone fits. Otherwise the error lists those that may be meant, as Symfony does (Application::find).
func FindCommand(all []Command, name string) (string, error) {
	var fits []Command
	for _, known := range all {
		if known.Name == name {
			return name, nil
		}
		if fitsShort(known.Name, name) {
			fits = append(fits, known)
		}
	}
	switch len(fits) {
	case 0:
		return "", usage.Errorf(`Command "%s" is not defined.%s`, name, didYouMean(resembling(all, name)))
	case 1:
		return fits[0].Name, nil
	}
	return "", usage.Errorf(`Command "%s" is ambiguous.%s`, name, didYouMean(described(fits)))
}

func fitsShort(name, short string) bool {
	parts, shorts := strings.Split(name, ":"), strings.Split(short, ":")
	if len(parts) != len(shorts) {
		return false
	}
	for i := range parts {
		if shorts[i] == "" || !strings.HasPrefix(parts[i], shorts[i]) {
			return false
		}
	}
	return true
}

// resembling returns the commands whose name, or a part of it between colons, is nearly name or has it in it.
func resembling(all []Command, name string) (names []string) {
	for _, known := range all {
		if strings.Contains(known.Name, name) || suggest.Nearest(name, []string{known.Name}) != "" || sharesParts(known.Name, name) {
			names = append(names, known.Name)
		}
	}
	slices.Sort(names)
	return names
}

// sharesParts reports whether each part of name is nearly the one of known in its place, or stands in it.
func sharesParts(known, name string) bool {
	parts, given := strings.Split(known, ":"), strings.Split(name, ":")
	if len(given) > len(parts) {
		return false
	}
	for i, part := range given {
		if part == "" || !strings.Contains(parts[i], part) && suggest.Nearest(part, parts[i:i+1]) == "" {
			return false
		}
	}
	return true
}

// described returns the names with their descriptions, in columns.
func described(all []Command) (lines []string) {
	longest := 0
	for _, c := range all {
		longest = max(longest, len(c.Name))
	}
	for _, c := range all {
		lines = append(lines, fmt.Sprintf("%-*s %s", longest, c.Name, c.Usage))
	}
	return lines
}

// didYouMean is the end of an error about one of several names.
func didYouMean(lines []string) string {
	switch len(lines) {
	case 0:
		return ""
	case 1:
		return "\n\nDid you mean this?\n    " + lines[0]
	}
	return "\n\nDid you mean one of these?\n    " + strings.Join(lines, "\n    ")
}
