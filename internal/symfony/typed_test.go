package symfony

import (
	"math"
	"testing"
)

func TestTyped(t *testing.T) {
	tests := []struct {
		in   string
		want any
	}{
		{"", nil}, {"~", nil}, {"NULL", nil}, {"true", true}, {"False", false},
		{"yes", "yes"}, {"off", "off"}, {"y", "y"},
		{"0", int64(0)}, {"12", int64(12)}, {"-12", int64(-12)}, {"+12", int64(12)}, {"1_000", int64(1000)},
		{"007", "007"}, {"-0", "-0"}, {"9223372036854775807", int64(math.MaxInt64)}, {"9223372036854775808", "9223372036854775808"},
		{"1.5", 1.5}, {"1.", 1.0}, {".5", 0.5}, {"-.5e-1", -0.05}, {"1e3", 1000.0}, {"1_0.5", 10.5}, {"1_0.", "1_0."}, {"1e999", math.Inf(1)},
		{"0x1F", int64(31)}, {"0xffffffffffffffffff", 4722366482869645213695.0}, {"0x_", int64(0)}, {"0xg", "0xg"},
		{"0o17", int64(15)}, {"-0o17", int64(-15)}, {"0o8", "0o8"}, {"0b1", "0b1"},
		{".inf", math.Inf(1)}, {"-.INF", math.Inf(-1)}, {".", "."}, {"-", "-"}, {"1.2.3", "1.2.3"}, {"2026-11-23", "2026-11-23"},
		{"redis://localhost", "redis://localhost"},
	}
	for _, tt := range tests {
		if got := typed(tt.in); got != tt.want {
			t.Errorf("%q: got %T %v, want %T %v", tt.in, got, got, tt.want, tt.want)
		}
	}
	if f, is := typed(".nan").(float64); !is || !math.IsNaN(f) {
		t.Error(".nan is no NaN")
	}
}

func TestDistance(t *testing.T) {
	tests := []struct {
		a, b string
		want int
	}{{"", "", 0}, {"abc", "", 3}, {"", "abc", 3}, {"serialiser", "serializer", 1}, {"transport", "transports", 1}, {"kitten", "sitting", 3}}
	for _, tt := range tests {
		if got := distance(tt.a, tt.b); got != tt.want {
			t.Errorf("%s, %s: got %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}
