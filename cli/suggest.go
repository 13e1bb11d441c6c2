package cli

import (
	"cmp"
	"fmt"
	"strings"

	"envelog/internal/suggest"
)

// didYouMean returns a question, with a space before it, about the name that wrong was probably meant to be, or
// nothing. The prefix is what names are written with.
func didYouMean(wrong string, names []string, prefix string) string {
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
