package e2e

import (
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

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
