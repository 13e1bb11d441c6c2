package format

import (
	"math"
	"strconv"
	"testing"
)

func TestInts(t *testing.T) {
	for _, n := range []int64{0, 9, 10, 99, 100, 999, 1000, 9999, 10_000, 99_999, math.MaxInt64, math.MinInt64, -1, -10} {
		if got, want := string(appendInt([]byte("k="), n)), "k="+strconv.FormatInt(n, 10); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// Expected texts are PHP's; TestFloatsAsPHP asks the PHP at hand about thousands more.
func TestFloats(t *testing.T) {
	tests := []struct {
		f          float64
		json, cast string
	}{
		{0, "0.0", "0"},
		{math.Copysign(0, -1), "-0.0", "-0"},
		{1, "1.0", "1"},
		{-12.75, "-12.75", "-12.75"},
		{0.30000000000000004, "0.30000000000000004", "0.3"},
		{1.0 / 3, "0.3333333333333333", "0.33333333333333"},
		{100000, "100000.0", "100000"},
		{1e13, "10000000000000.0", "10000000000000"},
		{1e14, "100000000000000.0", "1.0E+14"},
		{1e15, "1000000000000000.0", "1.0E+15"},
		{1e16, "10000000000000000.0", "1.0E+16"},
		{1e17, "1.0e+17", "1.0E+17"},
		{123456789012345678, "1.2345678901234568e+17", "1.2345678901235E+17"},
		{1e25, "1.0e+25", "1.0E+25"},
		{1e100, "1.0e+100", "1.0E+100"},
		{0.0001, "0.0001", "0.0001"},
		{0.00001, "1.0e-5", "1.0E-5"},
		{1.5e-7, "1.5e-7", "1.5E-7"},
		{5e-324, "5.0e-324", "4.9406564584125E-324"},
		{math.MaxFloat64, "1.7976931348623157e+308", "1.7976931348623E+308"},
	}
	for _, tt := range tests {
		if got := string(appendJSONFloat(nil, tt.f)); got != tt.json {
			t.Errorf("JSON of %g: got %s, want %s", tt.f, got, tt.json)
		}
		if got := string(appendCastFloat(nil, tt.f)); got != tt.cast {
			t.Errorf("text of %g: got %s, want %s", tt.f, got, tt.cast)
		}
	}
	for f, want := range map[float64]string{math.Inf(1): "INF", math.Inf(-1): "-INF"} {
		if got := string(appendCastFloat(nil, f)); got != want {
			t.Errorf("text of %g: got %s", f, got)
		}
	}
	if got := string(appendCastFloat(nil, math.NaN())); got != "NaN" {
		t.Errorf("text of NaN: got %s", got)
	}
}
