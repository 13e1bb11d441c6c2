// Package filetest is what tests of several rooms do with files: compare what is in a directory, and fill a small disk.
package filetest

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// Must ends the test when one of the errors is not nil.
func Must(t testing.TB, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// MustBeRoot ends a test that needs root for what it names, such as to give files to other users.
func MustBeRoot(t testing.TB, what string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatalf("this test needs root, %s", what)
	}
}

// WantContent compares the content of a file.
func WantContent(t testing.TB, path, want string) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil || string(got) != want {
		t.Errorf("%s holds %.300q (%v), want %.300q", filepath.Base(path), got, err, want)
	}
}

// stateDir is not compared: processes know each other by it.
const stateDir = ".envelog"

// WantNames compares the names in a directory, in any order, except for that of the state directory.
func WantNames(t testing.TB, dir string, want ...string) {
	t.Helper()
	var got []string
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if e.Name() != stateDir {
			got = append(got, e.Name())
		}
	}
	if slices.Sort(want); err != nil || !slices.Equal(got, want) {
		t.Errorf("%s holds %q (%v), want %q", dir, got, err, want)
	}
}

// WantMode compares the type and the permissions of a file.
func WantMode(t testing.TB, path string, want fs.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != want {
		t.Errorf("%s has mode %v, want %v", path, info.Mode(), want)
	}
}
