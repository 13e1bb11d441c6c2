package e2e

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestTestsInDocuments checks that each test that a document names exists.
func TestTestsInDocuments(t *testing.T) {
	there := testsOfTheRepository(t)
	for _, path := range documents(t) {
		for _, match := range testName.FindAllStringSubmatch(read(t, "../"+path), -1) {
			if !there[match[1]] {
				t.Errorf("%s: there is no test %s", path, match[1])
			}
		}
	}
}

var testName = regexp.MustCompile("`(Test[A-Z][A-Za-z0-9]*)`")

// testsOfTheRepository returns the names of all tests, with any build tag.
func testsOfTheRepository(t *testing.T) map[string]bool {
	t.Helper()
	there := make(map[string]bool)
	declaration := regexp.MustCompile(`(?m)^func (Test[A-Z][A-Za-z0-9]*)\(t \*testing\.T\)`)
	err := fs.WalkDir(os.DirFS(".."), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		for _, match := range declaration.FindAllStringSubmatch(read(t, "../"+path), -1) {
			there[match[1]] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return there
}

// TestEveryPromiseOfDeliveryHasATest checks that each row of what can be lost or doubled names the tests that show it.
func TestEveryPromiseOfDeliveryHasATest(t *testing.T) {
	_, promises, _ := strings.Cut(read(t, "../docs/delivery.md"), "\n## What can be lost or doubled\n")
	promises, shown, _ := strings.Cut(promises, "\n## What shows it\n")
	shown, _, _ = strings.Cut(shown, "\n## ")
	tests := make(map[string]string)
	for _, row := range tableRows(shown) {
		tests[row[0]] = row[1]
	}
	rows := tableRows(promises)
	if len(rows) < 15 {
		t.Fatalf("%d rows are found", len(rows))
	}
	for _, row := range rows {
		if !testName.MatchString(tests[row[0]]) {
			t.Errorf("docs/delivery.md names no test that shows %q", row[0])
		}
	}
}

// tableRows returns the cells of all tables in a text, without the heads of the tables.
func tableRows(text string) (rows [][]string) {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		isHead := i+1 < len(lines) && strings.HasPrefix(lines[i+1], "|---")
		if !strings.HasPrefix(line, "| ") || isHead {
			continue
		}
		rows = append(rows, strings.Split(strings.Trim(line, "| "), " | "))
	}
	return rows
}
