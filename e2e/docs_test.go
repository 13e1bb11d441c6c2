package e2e

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"envelog/cli"
)

// A command line of envelog in a document: indented, after a pipe or another command, or between backticks; up to a comment.
var commandLine = regexp.MustCompile("(?m)(?:^ {4,}(?:[^#\n]*(?:\\||&&) *)?(?:bin/)?|`)(?:envelog|docker compose run --rm --no-deps consumer-logs) ([a-z][^#`|\n]*)")

// TestCommandsInDocuments checks that envelog has each command that a document shows, with each option that stands there.
func TestCommandsInDocuments(t *testing.T) {
	for _, path := range documents(t) {
		for _, match := range commandLine.FindAllStringSubmatch(read(t, "../"+path), -1) {
			words := strings.Fields(match[1])
			help, ok := helpFor(t, words[0])
			if !ok {
				t.Errorf("%s: envelog has no command %q", path, words[0])
				continue
			}
			for _, word := range words[1:] {
				option, _, _ := strings.Cut(word, "=")
				if strings.HasPrefix(option, "--") && !regexp.MustCompile(regexp.QuoteMeta(option)+`\b`).MatchString(help) {
					t.Errorf("%s: envelog %s has no option %q", path, words[0], option)
				}
			}
		}
	}
}

// helpFor returns what `envelog help` says of a command.
func helpFor(t *testing.T, command string) (text string, ok bool) {
	var out bytes.Buffer
	code := run(t, &out, "help", command)
	return out.String(), code == 0
}

// printed returns what a command line prints.
func printed(t *testing.T, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	if code := run(t, &out, args...); code != 0 {
		t.Fatalf("envelog %s ended with %d:\n%s", strings.Join(args, " "), code, &out)
	}
	return out.String()
}

// run carries out a command line without any environment, and returns the exit code.
func run(t *testing.T, out io.Writer, args ...string) int {
	return cli.Run(t.Context(), cli.Process{
		Args: args, Stdin: strings.NewReader(""), Stdout: out, Stderr: out,
		Getenv: func(string) string { return "" }, Environ: func() []string { return nil },
	})
}

// documents returns all Markdown files of the repository.
func documents(t *testing.T) (paths []string) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(".."), ".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && (entry.Name() == "vendor" || strings.HasPrefix(entry.Name(), ".") && path != ".") {
			return fs.SkipDir
		}
		if strings.HasSuffix(path, ".md") {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

// TestEveryCommandIsDocumented checks that docs/commands.md shows each command that `envelog list` lists.
func TestEveryCommandIsDocumented(t *testing.T) {
	shown := make(map[string]bool)
	for _, match := range commandLine.FindAllStringSubmatch(read(t, "../docs/commands.md"), -1) {
		shown[strings.Fields(match[1])[0]] = true
	}
	commands := regexp.MustCompile(`(?m)^  ([a-z][a-z:-]*)  `).FindAllStringSubmatch(printed(t, "list"), -1)
	if len(commands) < len(shown) {
		t.Fatalf("envelog list has %d commands, docs/commands.md %d", len(commands), len(shown))
	}
	for _, match := range commands {
		if !shown[match[1]] {
			t.Errorf("docs/commands.md does not show %s", match[1])
		}
	}
}

// TestHealthcheck checks that the help of health has the line of the image.
func TestHealthcheck(t *testing.T) {
	check := regexp.MustCompile(`HEALTHCHECK .*(CMD \[.*\])`).FindStringSubmatch(read(t, "../Dockerfile"))
	if check == nil {
		t.Fatal("the Dockerfile has no HEALTHCHECK")
	}
	if help, _ := helpFor(t, "health"); !strings.Contains(help, check[1]) {
		t.Errorf("envelog help health does not say %s", check[1])
	}
}

// TestMakeTargetsInDocuments checks that the Makefile has each target that a document names.
func TestMakeTargetsInDocuments(t *testing.T) {
	use := regexp.MustCompile("(?m)(?:^ {4,}|`|&& )make ([a-z][a-z-]*)")
	makefile := read(t, "../Makefile")
	for _, path := range documents(t) {
		for _, match := range use.FindAllStringSubmatch(read(t, "../"+path), -1) {
			if !regexp.MustCompile(`(?m)^` + match[1] + `:`).MatchString(makefile) {
				t.Errorf("%s: the Makefile has no target %q", path, match[1])
			}
		}
	}
}

// TestNeedIsDocumented checks that CONTRIBUTING.md names every package that `make test` installs.
func TestNeedIsDocumented(t *testing.T) {
	packages := regexp.MustCompile(`(?s)\npackages='(.*?)'`).FindStringSubmatch(read(t, "../.ci/need"))
	if packages == nil {
		t.Fatal(".ci/need has no list of packages")
	}
	_, section, _ := strings.Cut(read(t, "../CONTRIBUTING.md"), "## Tests")
	section, _, _ = strings.Cut(section, "\n## ")
	for name := range strings.FieldsSeq(packages[1]) {
		if !regexp.MustCompile("[` ]" + regexp.QuoteMeta(name) + "[` ]").MatchString(section) {
			t.Errorf("CONTRIBUTING.md does not say that make test installs %s", name)
		}
	}
}

// TestLinksInDocuments checks that what documents link to in the repository is there: the file, and in it the heading.
func TestLinksInDocuments(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#:\s]*)(?:#([^)\s]*))?\)`)
	for _, path := range documents(t) {
		folder := path[:strings.LastIndexByte(path, '/')+1]
		for _, name := range regexp.MustCompile(`\bdocs/[a-z/-]+\.md\b`).FindAllString(read(t, "../"+path), -1) {
			if _, err := os.Stat("../" + name); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
		for _, match := range link.FindAllStringSubmatch(read(t, "../"+path), -1) {
			target, anchor := folder+match[1], match[2]
			if match[1] == "" {
				target = path
			}
			if _, err := os.Stat("../" + target); err != nil {
				t.Errorf("%s: %v", path, err)
			} else if anchor != "" && !slices.Contains(anchors(read(t, "../"+target)), anchor) {
				t.Errorf("%s: %s has no heading #%s", path, target, anchor)
			}
		}
	}
}

var heading = regexp.MustCompile(`(?m)^(#{1,6}) (.*)$`)

// anchors returns what GitHub makes of the headings of a document.
func anchors(text string) (all []string) {
	for _, match := range heading.FindAllStringSubmatch(text, -1) {
		words := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, match[2])
		all = append(all, words)
	}
	return all
}
