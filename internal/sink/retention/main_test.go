package retention

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// noon is the time of most tests.
func noon() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

func must(t *testing.T, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// put writes a file that was last written to at a time.
func put(t *testing.T, dir, name, content string, at time.Time) {
	t.Helper()
	path := filepath.Join(dir, name)
	must(t, os.WriteFile(path, []byte(content), 0o640), os.Chtimes(path, at, at))
}

// names returns what is in dir, except for what begins with a dot.
func names(t *testing.T, dir string) (found []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") {
			found = append(found, e.Name())
		}
	}
	return found
}

func wantNames(t *testing.T, dir string, want ...string) {
	t.Helper()
	slices.Sort(want)
	if got := names(t, dir); !slices.Equal(got, want) {
		t.Errorf("there are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func newKeeper(t *testing.T, o Options) *Keeper {
	t.Helper()
	k, err := New(o)
	must(t, err)
	t.Cleanup(k.journals.Close)
	return k
}

// pass makes one pass at a time.
func pass(t *testing.T, k *Keeper, now time.Time) {
	t.Helper()
	must(t, k.work(context.Background(), now))
	for stage, cause := range k.failed {
		t.Errorf("%s: %s", stage, cause)
	}
}

// said is a log that can be read.
type said struct{ strings.Builder }

func (s *said) logger() *slog.Logger { return slog.New(slog.NewTextHandler(&s.Builder, nil)) }

func (s *said) want(t *testing.T, text string, times int) {
	t.Helper()
	if n := strings.Count(s.String(), text); n != times {
		t.Errorf("it said %q %d times, want %d:\n%s", text, n, times, s)
	}
}
