// Package usage has the errors about a command line or a setting: whole sentences for the person who wrote it, Symfony's own
// sentence where Symfony has one, with the name that was probably meant.
package usage

import (
	"cmp"
	"fmt"
	"strings"

	"envelog/internal/suggest"
)

// Error is an error about the command line or a setting, in whole sentences.
type Error string

// Errorf returns an [Error].
func Errorf(format string, args ...any) error { return Error(fmt.Sprintf(format, args...)) }

func (e Error) Error() string { return string(e) }

// Give says on the command line that settings would help, as the end of an error: "give --max-retries and --retry-delay".
// Rooms below know names of settings alone.
func Give(settings ...string) string {
	text := "give"
	for i, name := range settings {
		switch {
		case i > 0 && i == len(settings)-1:
			text += " and"
		case i > 0:
			text += ","
		}
		text += " --" + name
	}
	return text
}

// DidYouMean returns a question, with a space before it, about the name that wrong was probably meant to be, or
// nothing. The prefix is what names are written with.
func DidYouMean(wrong string, names []string, prefix string) string {
	best := cmp.Or(suggest.Nearest(wrong, names), onlyOneBeginningWith(wrong, names))
	if best == "" {
		return ""
	}
	return fmt.Sprintf(` Did you mean "%s%s"?`, prefix, best)
}

func onlyOneBeginningWith(start string, names []string) (only string) {
	for _, name := range names {
		if start == "" || !strings.HasPrefix(name, start) {
			continue
		}
		if only != "" {
			return ""
		}
		only = name
	}
	return only
}
