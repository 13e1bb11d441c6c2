package e2e

import (
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// french are the documents that exist in French, too, by their English names.
var french = map[string]string{
	"README.md":               "README.fr.md",
	"docs/migration.md":       "docs/fr/migration.md",
	"docs/troubleshooting.md": "docs/fr/troubleshooting.md",
}

// TestFrenchFollowsEnglish checks that a French document has everything of its English one that does not depend on language: as
// many sections on the same levels, the same commands, the same terms between backticks in as many rows, and the same links.
func TestFrenchFollowsEnglish(t *testing.T) {
	for en, fr := range french {
		english, translated := read(t, "../"+en), read(t, "../"+fr)
		for _, part := range []struct {
			name string
			of   func(file, text string) []string
		}{
			{"heading", levels}, {"command", codeLines}, {"term", terms}, {"row", rows}, {"link", links},
		} {
			want, got := part.of(en, english), part.of(fr, translated)
			for _, missing := range without(want, got) {
				t.Errorf("%s lacks a %s of %s: %s", fr, part.name, en, missing)
			}
			for _, extra := range without(got, want) {
				t.Errorf("%s has a %s that %s lacks: %s", fr, part.name, en, extra)
			}
		}
	}
}

// without returns what of a list the other one does not have, as often as it lacks it.
func without(list, other []string) (rest []string) {
	other = slices.Clone(other)
	for _, s := range list {
		if i := slices.Index(other, s); i >= 0 {
			other = slices.Delete(other, i, i+1)
		} else {
			rest = append(rest, s)
		}
	}
	return rest
}

// levels returns the level of each heading with its place. The name of an alert is the same in both languages.
func levels(_, text string) (all []string) {
	for _, match := range heading.FindAllStringSubmatch(text, -1) {
		name := ""
		if strings.HasPrefix(match[2], "Envelog") {
			name = match[2]
		}
		all = append(all, match[1]+" "+name)
	}
	return all
}

// codeLines returns the lines of code without their comments. A date in a file's name, and a sentence, are told in French.
func codeLines(_, text string) (all []string) {
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "    ") || strings.Contains(line, "-> Monolog") || strings.Contains(line, "-> handler") {
			continue
		}
		code, _, _ := strings.Cut(line, " # ")
		if regexp.MustCompile(`^ +(?:envelog|docker|make|cd|php|redis-cli|grep|temporal|\[)`).MatchString(code) {
			all = append(all, strings.TrimSpace(code))
		}
	}
	return all
}

// terms returns what stands between backticks outside of code, but for words of the language itself.
func terms(_, text string) []string {
	all := make(map[string]bool)
	for _, match := range regexp.MustCompile("`([^`\n]+)`").FindAllStringSubmatch(text, -1) {
		all[strings.NewReplacer("<canal>", "<channel>", "AAAA-MM-JJ", "YYYY-MM-DD").Replace(match[1])] = true
	}
	return slices.Sorted(maps.Keys(all))
}

// rows returns the first cell of each row of a table when it is code, and otherwise that there is one.
func rows(_, text string) (all []string) {
	for line := range strings.Lines(text) {
		if cells := strings.Split(line, "|"); len(cells) > 2 && cells[0] == "" {
			first := strings.TrimSpace(cells[1])
			if !regexp.MustCompile("^`[^`]+`$").MatchString(first) {
				first = "(text)"
			}
			all = append(all, first)
		}
	}
	return all
}

// links returns where the links of a document lead, from the root, to the English document where there are two.
func links(file, text string) (all []string) {
	for _, match := range regexp.MustCompile(`\]\(([^)#\s]*)(#[^)\s]*)?\)`).FindAllStringSubmatch(text, -1) {
		target := match[1]
		switch {
		case target == "":
			target = file
		case !strings.Contains(target, "://"):
			target = path.Join(path.Dir(file), target)
		}
		for en, fr := range french {
			if target == fr {
				target = en
			}
		}
		all = append(all, target)
	}
	return all
}

// TestFrenchSpaces checks the non-breaking spaces of French: a wide one in front of a colon and within guillemets, a narrow one in
// front of ; ! and ?. Code keeps its own.
func TestFrenchSpaces(t *testing.T) {
	wrong := regexp.MustCompile(`[ \pL\pN][;!?](?:\s|$)|[ \pL]:(?:\s|$)|«[^\x{a0}]|[^\x{a0}]»`)
	code := regexp.MustCompile("`[^`\n]*`|\\]\\([^)]*\\)|<http[^>]*>|&[a-z]+;")
	for _, fr := range french {
		for line := range strings.Lines(read(t, "../"+fr)) {
			prose := line
			if strings.HasPrefix(line, "    ") && !regexp.MustCompile(`^ +(?:[-*]|\d+\.) `).MatchString(line) {
				_, prose, _ = strings.Cut(line, " # ")
			}
			if found := wrong.FindString(code.ReplaceAllString(prose, "x")); found != "" {
				t.Errorf("%s: %q is not spaced as in French: %s", fr, found, strings.TrimSpace(line))
			}
		}
	}
}
