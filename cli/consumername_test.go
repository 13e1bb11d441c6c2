package cli

import (
	"testing"
)

func TestConsumerNamesAreUniqueAndComeBack(t *testing.T) {
	dir := t.TempDir()
	claim := func(want string) func() {
		t.Helper()
		name, lock, err := claimConsumerName(dir, 0o750, "web/1")
		if err != nil {
			t.Fatal(err)
		}
		if name != want {
			t.Errorf("claimed %s, want %s", name, want)
		}
		return func() { _ = lock.Close() }
	}
	first, second := claim("web/1"), claim("web/1-2")
	defer claim("web/1-3")()
	second()
	defer claim("web/1-2")()
	first()
	defer claim("web/1")()
}
