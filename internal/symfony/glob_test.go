package symfony

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestGlob(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.yaml", "a2.yaml", "a10.yaml", "b.yml", "b.php", ".hidden.yaml", "sub/c.yaml", "sub/deep/d.yaml", ".git/e.yaml", "dir.yaml/f"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		pattern string
		want    []string
	}{
		{"*.yaml", []string{"a.yaml", "a2.yaml", "a10.yaml"}},
		{".*.yaml", []string{".hidden.yaml"}},
		{"*.{yml,php}", []string{"b.php", "b.yml"}},
		{"{a,b,{a2,sub/c}}.{yaml,yml}", []string{"a.yaml", "a2.yaml", "b.yml", "sub/c.yaml"}},
		{"a?.yaml", []string{"a2.yaml"}},
		{"[ab].y*", []string{"a.yaml", "b.yml"}},
		{"*/*.yaml", []string{"sub/c.yaml"}},
		{"**/*.yaml", []string{"a.yaml", "a10.yaml", "a2.yaml", "sub/c.yaml", "sub/deep/d.yaml"}},
		{"sub/**/d.yaml", []string{"sub/deep/d.yaml"}},
		{"nothing/*.yaml", nil},
		{"[.yaml", nil},
		{"{a,b.yaml", nil},
		{"{}a.yaml", []string{"a.yaml"}},
	}
	for _, tt := range tests {
		t.Run(tt.pattern, func(t *testing.T) {
			var got []string
			for _, path := range glob(dir + "/" + tt.pattern) {
				rel, err := filepath.Rel(dir, path)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, rel)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
