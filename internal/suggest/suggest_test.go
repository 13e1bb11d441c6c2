package suggest_test

import (
	"testing"

	"envelog/internal/suggest"
)

func TestNearest(t *testing.T) {
	known := []string{"table_name", "queue_name", "serverVersion"}
	for _, tt := range []struct{ name, in, want string }{
		{"itself", "table_name", "table_name"},
		{"a letter too few", "tabl_name", "table_name"},
		{"letters swapped", "queue_nmae", "queue_name"}, //nolint:misspell // is the point
		{"another case", "serverversion", "serverVersion"},
		{"short form", "queue", ""},
		{"nothing near", "x", ""},
		{"empty", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := suggest.Nearest(tt.in, known); got != tt.want {
				t.Fatalf("Nearest(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}
