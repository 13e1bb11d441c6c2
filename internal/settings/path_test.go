package settings

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestADSNInPlaceOfAPathIsNotShown has a DSN as the name of a file, which an error about a missing file would show.
func TestADSNInPlaceOfAPathIsNotShown(t *testing.T) {
	file := Setting{Name: "token-file", Path: true}
	for _, dsn := range []string{
		"redis://user:hunter2@host/stream", "redis://host/stream?auth=hunter2", "logs=redis://host?auth=hunter2", "mysql://u:hunter2@h/db",
		"redis:hunter2@host", "redis:/run/redis.sock?auth=hunter2",
	} {
		layer := func(Setting) ([]string, string, error) { return []string{dsn}, "flag --token-file", nil }
		values, err := Resolve([]Setting{file}, layer)
		if err == nil || strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), "flag --token-file") || values[0].Text() != "" {
			t.Errorf("%s: %v, %q", dsn, err, values[0].Texts)
		}
		path := filepath.Join(t.TempDir(), FileName)
		if err := os.WriteFile(path, []byte("token-file: "+dsn+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := ReadFile(path, []Setting{file})
		if err == nil {
			_, err = Resolve([]Setting{file}, f.Layer)
		}
		if err == nil || strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), FileName+":1") {
			t.Errorf("%s in a file: %v", dsn, err)
		}
	}
	for _, path := range []string{"var/log", "/run/secrets/token", "../a b/token", "C", "/srv/app@2:1/token?", "./redis://file", "token"} {
		layer := func(Setting) ([]string, string, error) { return []string{path}, "flag --token-file", nil }
		if values, err := Resolve([]Setting{file}, layer); err != nil || values[0].Text() != path {
			t.Errorf("%s: %v, %q", path, err, values[0].Texts)
		}
	}
}
