package e2e

import (
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// rooms are the rows of the table of docs/architecture.md: what each room may import of envelog.
type rooms map[string][]string

var row = regexp.MustCompile("(?m)^\\| `([a-z0-9/-]+)` \\| [^|]+ \\| ([^|]+) \\|$")

func readRooms(t *testing.T) rooms {
	t.Helper()
	all := rooms{}
	for _, cells := range row.FindAllStringSubmatch(read(t, "../docs/architecture.md"), -1) {
		if _, twice := all[cells[1]]; twice {
			t.Errorf("the room %s is there twice", cells[1])
		}
		all[cells[1]] = strings.Split(strings.TrimSuffix(strings.TrimSpace(cells[2]), "-"), ", ")
	}
	for room, names := range all {
		all[room] = all.long(names)
	}
	return all
}

// long returns the names of rooms with "internal/" in front where it was left out, sorted.
func (all rooms) long(names []string) (long []string) {
	for _, name := range names {
		if _, known := all[name]; !known && name != "" {
			name = "internal/" + name
		}
		if name != "" {
			long = append(long, name)
		}
	}
	slices.Sort(long)
	return long
}

// of returns the room of a package: the row of the package, or of the nearest folder above it. "" means none.
func (all rooms) of(folder string) string {
	for ; folder != "."; folder = path.Dir(folder) {
		if _, ok := all[folder]; ok {
			return folder
		}
	}
	return ""
}

// TestImportsAreThoseOfTheTable compares the imports of all packages with the table of docs/architecture.md.
func TestImportsAreThoseOfTheTable(t *testing.T) {
	all := readRooms(t)
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}}{{range .Imports}} {{.}}{{end}}`, "envelog/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	used := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		names := strings.Fields(line)
		from := all.of(strings.TrimPrefix(names[0], "envelog/"))
		if from == "" {
			t.Errorf("the package %s has no room in docs/architecture.md", names[0])
			continue
		}
		for _, imported := range names[1:] {
			folder, own := strings.CutPrefix(imported, "envelog/")
			if to := all.of(folder); own && to != from && !slices.Contains(used[from], to) {
				used[from] = append(used[from], to)
			}
		}
	}
	for _, room := range slices.Sorted(maps.Keys(all)) {
		slices.Sort(used[room])
		if want := all[room]; !slices.Equal(used[room], want) {
			t.Errorf("%s imports\n\t%s\nand docs/architecture.md says\n\t%s", room, strings.Join(used[room], ", "), strings.Join(want, ", "))
		}
	}
}

// TestTheProgramHasNoRecordings checks that envelog is linked with nothing that only shows or tests it.
func TestTheProgramHasNoRecordings(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "envelog/cmd/envelog").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	packages := strings.Fields(string(out))
	if !slices.Contains(packages, "envelog/cli") {
		t.Fatalf("go list has %q", packages)
	}
	for _, unwanted := range []string{"envelog/fixtures", "envelog/internal/demo", "envelog/internal/redistest", "testing"} {
		if slices.Contains(packages, unwanted) {
			t.Errorf("envelog is linked with %s", unwanted)
		}
	}
}

var settingRow = regexp.MustCompile("(?m)^\\| `([a-z-]+)` ")

// TestFlagsAreSpelledInOnePlace checks that no room but those about the command line has a flag in its texts: the others
// know names of settings.
func TestFlagsAreSpelledInOnePlace(t *testing.T) {
	mayKnow := []string{"cli", "internal/config", "internal/console", "internal/demo", "internal/doctor", "internal/worker", "bench"}
	all := readRooms(t)
	var flags []string
	for _, match := range settingRow.FindAllStringSubmatch(read(t, "../docs/configuration.md"), -1) {
		flags = append(flags, "--"+match[1])
	}
	flag := regexp.MustCompile("(?:" + strings.Join(flags, "|") + `)\b`)
	for _, room := range slices.Sorted(maps.Keys(all)) {
		if slices.Contains(mayKnow, room) {
			continue
		}
		for _, file := range sources(t, room) {
			for number, line := range strings.Split(read(t, file), "\n") {
				text, _, _ := strings.Cut(line, "//")
				if flag.MatchString(text) {
					t.Errorf("%s:%d spells a flag: %s", file, number+1, strings.TrimSpace(line))
				}
			}
		}
	}
}

// sources returns the files of a room that are in the program.
func sources(t *testing.T, room string) (files []string) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("..", room, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range paths {
		if !strings.HasSuffix(file, "_test.go") {
			files = append(files, file)
		}
	}
	return files
}

var namedFile = regexp.MustCompile("`([a-z0-9/]+/[a-z0-9_]+\\.go)`")

// TestFilesOfTheDocumentAreThere checks that each file that docs/architecture.md names is one of the repository.
func TestFilesOfTheDocumentAreThere(t *testing.T) {
	for _, match := range namedFile.FindAllStringSubmatch(read(t, "../docs/architecture.md"), -1) {
		if _, err := os.Stat(filepath.Join("..", match[1])); err != nil {
			t.Error(err)
		}
	}
}
