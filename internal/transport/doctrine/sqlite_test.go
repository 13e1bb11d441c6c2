package doctrine_test

import (
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"envelog/internal/transport/doctrine"
	"envelog/internal/transport/transporttest"
)

// open parses a DSN and opens its transport; the test closes it, unless it does so itself.
func open(t testing.TB, dsn string) *doctrine.Transport {
	t.Helper()
	c, err := doctrine.ParseDSN(dsn, nil)
	if err != nil {
		t.Fatal(err)
	}
	return openConfig(t, c)
}

func openConfig(t testing.TB, c doctrine.Config) *doctrine.Transport {
	t.Helper()
	s, err := doctrine.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func sendText(t *testing.T, s *doctrine.Transport, text string) string {
	t.Helper()
	id, err := s.Send(t.Context(), transporttest.Message(text), 0)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// sqliteDSN is the DSN of a file that is not there, with a name that a URL has to escape.
func sqliteDSN(t testing.TB) string {
	path := url.URL{Path: filepath.Join(t.TempDir(), "data ?%41#.db")}
	return "sqlite:///" + path.EscapedPath()
}

func TestSQLite(t *testing.T) {
	transporttest.Run(t, func(t *testing.T) transporttest.Storage { return open(t, sqliteDSN(t)) })
}

// TestSQLiteFileMode: messages are for the owner and its group alone, whatever SQLite would make of the umask.
func TestSQLiteFileMode(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	s := open(t, "sqlite:///"+path)
	if err := s.Setup(t.Context()); err != nil {
		t.Fatal(err)
	}
	sendText(t, s, "a")
	files, err := filepath.Glob(path + "*")
	if err != nil || len(files) == 0 {
		t.Fatalf("files: %v, %v", files, err)
	}
	for _, name := range files {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode&^0o640 != 0 {
			t.Errorf("%s has the mode %v", filepath.Base(name), mode)
		}
	}
}
