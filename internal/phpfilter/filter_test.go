package phpfilter_test

import (
	"testing"

	"envelog/internal/phpfilter"
)

func TestFilters(t *testing.T) {
	tests := []struct {
		text  string
		bool  any
		int   any
		float any
	}{
		{" yes ", true, nil, nil},
		{"oFf", false, nil, nil},
		{"", false, nil, nil},
		{"  ", false, nil, nil},
		{"y", nil, nil, nil},
		{"null", nil, nil, nil},
		{"007", nil, nil, 7.0},
		{"00", nil, nil, 0.0},
		{" 42 ", nil, int64(42), 42.0},
		{"1\n", true, int64(1), 1.0},
		{"\x001", nil, nil, nil},
		{"\f1", nil, nil, nil},
		{"+5", nil, int64(5), 5.0},
		{"-0", nil, int64(0), 0.0},
		{"+-5", nil, nil, nil},
		{"1_000", nil, nil, nil},
		{"0x1A", nil, nil, nil},
		{"5.", nil, nil, 5.0},
		{".", nil, nil, nil},
		{"1e3", nil, nil, 1000.0},
		{"1e400", nil, nil, nil},
		{"1e-400", nil, nil, nil},
		{"0e0", nil, nil, 0.0},
		{"0e5", nil, nil, nil},
		{"9223372036854775808", nil, nil, 9223372036854775808.0},
	}
	for _, tt := range tests {
		b, validBool := phpfilter.Bool(tt.text)
		n, validInt := phpfilter.Int(tt.text)
		f, validFloat := phpfilter.Float(tt.text)
		if got := answer(b, validBool); got != tt.bool {
			t.Errorf("Bool(%q) = %v, want %v", tt.text, got, tt.bool)
		}
		if got := answer(n, validInt); got != tt.int {
			t.Errorf("Int(%q) = %v, want %v", tt.text, got, tt.int)
		}
		if got := answer(f, validFloat); got != tt.float {
			t.Errorf("Float(%q) = %v, want %v", tt.text, got, tt.float)
		}
	}
}

// answer is nil for what is not valid, as PHP's FILTER_NULL_ON_FAILURE.
func answer(value any, valid bool) any {
	if !valid {
		return nil
	}
	return value
}

func TestText(t *testing.T) {
	tests := []struct {
		value any
		want  any
	}{
		{nil, ""}, {true, "1"}, {false, ""}, {"x", "x"}, {-5, "-5"}, {int64(-5), "-5"}, {uint64(5), "5"},
		{1.0, "1"}, {0.1, "0.1"}, {1e14, "1.0E+14"}, {1e25, "1.0E+25"}, {1.5e-7, "1.5E-7"}, {123456.789, "123456.789"},
		{[]any{"x"}, nil}, {map[string]any{}, nil},
	}
	for _, tt := range tests {
		text, ok := phpfilter.Text(tt.value)
		if got := answer(text, ok); got != tt.want {
			t.Errorf("Text(%v) = %v, want %v", tt.value, got, tt.want)
		}
	}
}
