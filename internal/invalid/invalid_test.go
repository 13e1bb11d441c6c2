package invalid_test

import (
	"errors"
	"testing"

	"envelog/internal/invalid"
)

func TestUnless(t *testing.T) {
	err := errors.Join(
		invalid.Unless(true, "Name is missing"),
		invalid.Unless(false, "Size is %d, must be 1 or more", 0),
		invalid.Unless(false, "Names is empty"),
	)
	if want := "Size is 0, must be 1 or more\nNames is empty"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
