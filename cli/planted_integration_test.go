//go:build integration

package cli_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"envelog/cli"
	"envelog/internal/filetest"
)

// TestWhatStrangersPutIntoTheCurrentDirectoryIsNotRead has a neighbour wait for root in a directory that everybody may write to.
func TestWhatStrangersPutIntoTheCurrentDirectoryIsNotRead(t *testing.T) {
	filetest.MustBeRoot(t, "to give files to another user")
	const neighbour = 54321
	for _, tc := range []struct {
		name  string
		mode  os.FileMode // of the directory, which is root's
		uid   int
		files map[string]string
		want  string // "" for being read
	}{
		{"settings", 0o777 | os.ModeSticky, neighbour, map[string]string{"envelog.yaml": "limit: 4711\n"}, `"envelog.yaml" is not read: user 54321`},
		{"an application", 0o777, neighbour, map[string]string{"config/bundles.php": "<?php return [];\n", ".env": "ENVELOG_X=1\n"}, "is not read: user 54321"},
		{"settings of root's", 0o777, 0, map[string]string{"envelog.yaml": "limit: 4711\n"}, ""},
		{"settings where nobody else may write", 0o755, neighbour, map[string]string{"envelog.yaml": "limit: 4711\n"}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, content := range tc.files {
				path := filepath.Join(dir, name)
				filetest.Must(t, os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(content), 0o644), os.Chown(path, tc.uid, tc.uid))
				if parent := filepath.Dir(path); parent != dir {
					filetest.Must(t, os.Chown(parent, tc.uid, tc.uid))
				}
			}
			filetest.Must(t, os.Chmod(dir, tc.mode))
			t.Chdir(dir)
			var stdout, stderr bytes.Buffer
			code := cli.Run(context.Background(), cli.Process{
				Args: []string{"messenger:stats", "--dsn=redis://127.0.0.1:1/s"}, Stdout: &stdout, Stderr: &stderr, Getenv: func(string) string { return "" },
			})
			refused := strings.Contains(stdout.String()+stderr.String(), "is not read: user")
			if refused != (tc.want != "") || refused && (code == 0 || !strings.Contains(stdout.String()+stderr.String(), tc.want)) {
				t.Errorf("exit code %d, want %q:\n%s%s", code, tc.want, &stdout, &stderr)
			}
		})
	}
}
