package worker

import (
	"testing"
)

func TestConsumerNamesAreUniqueAndComeBack(t *testing.T) {
	dir := t.TempDir()
	owners := map[string]string{}
	claim := func(want string) func() {
		t.Helper()
		claimed, err := claimConsumerName(dir, 0o750, "web/1")
		if err != nil {
			t.Fatal(err)
		}
		if claimed.name != want {
			t.Errorf("claimed %s, want %s", claimed.name, want)
		}
		if before, again := owners[want]; claimed.owner == "" || again && claimed.owner != before {
			t.Errorf("the owner of %s is %q, was %q", want, claimed.owner, before)
		}
		owners[want] = claimed.owner
		return func() { _ = claimed.Close() }
	}
	first, second := claim("web/1"), claim("web/1-2")
	defer claim("web/1-3")()
	second()
	defer claim("web/1-2")()
	first()
	defer claim("web/1")()
	if owners["web/1"] == owners["web/1-2"] {
		t.Error("two names have one owner")
	}
}
