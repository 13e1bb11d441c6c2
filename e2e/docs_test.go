package e2e

import (
	"bytes"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"envelog/cli"
)

// A command line of envelog in a document: indented, behind a pipe, or between backticks; up to a comment.
var commandLine = regexp.MustCompile("(?m)(?:^ {4,}(?:[^#\n]*\\| *)?(?:bin/)?|`)envelog ([a-z][^#`|\n]*)")

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
	code := cli.Run(t.Context(), cli.Process{
		Args: []string{"help", command}, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out,
		Getenv: func(string) string { return "" }, Environ: func() []string { return nil },
	})
	return out.String(), code == 0
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

// TestLinksInDocuments checks that what documents link to in the repository is there.
func TestLinksInDocuments(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#:\s]+)(?:#[^)]*)?\)`)
	for _, path := range documents(t) {
		targets := make(map[string]bool)
		for _, match := range link.FindAllStringSubmatch(read(t, "../"+path), -1) {
			targets[match[1]] = true
		}
		for _, target := range slices.Sorted(maps.Keys(targets)) {
			folder := path[:strings.LastIndexByte(path, '/')+1]
			if _, err := os.Stat("../" + folder + target); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
	}
}
