package settings

import (
	"testing"
	"time"
)

func TestPositiveInteger(t *testing.T) {
	for _, tc := range []struct {
		text string
		want int // 0: a complaint
	}{
		{"1", 1}, {"10", 10}, {" 7 ", 7}, {"+5", 5}, {"1e1", 10}, {"2.0", 2},
		{"0", 0}, {"-1", 0}, {"abc", 0}, {"", 0}, {"1.5", 0}, {"0x10", 0}, {"1_000", 0}, {"inf", 0}, {"NaN", 0}, {"=5", 0},
		{"1e400", 0}, {"99999999999", 0},
	} {
		n, err := PositiveInteger("limit", tc.text)
		if n != tc.want {
			t.Errorf("%q is %d, want %d", tc.text, n, tc.want)
		}
		if want := `Option "limit" must be a positive integer, "` + tc.text + `" passed.`; (err != nil) != (tc.want == 0) || err != nil && err.Error() != want {
			t.Errorf("%q: error %v, want %s", tc.text, err, want)
		}
	}
}

func TestParseBytes(t *testing.T) {
	for _, tc := range []struct {
		text string
		want uint64 // 0: a complaint
	}{
		{"1", 1}, {"128M", 128 << 20}, {"128mb", 128 << 20}, {"64k", 64 << 10}, {"2G", 2 << 30}, {"1t", 1 << 40},
		{"+5k", 5 << 10}, {"1.5M", 3 << 19}, {"0x10", 16}, {"0x10k", 16 << 10}, {"010", 8}, {"017m", 15 << 20}, {"100b", 100},
		{"", 0}, {"0", 0}, {"abc", 0}, {"M", 0}, {"-1", 0}, {"5x", 0}, {"9999999t", 0}, {"1kk", 0},
	} {
		n, err := Bytes("memory-limit", tc.text)
		if n != tc.want || (err != nil) != (tc.want == 0) {
			t.Errorf("%q is %d, %v; want %d", tc.text, n, err, tc.want)
		}
	}
}

func TestParseSeconds(t *testing.T) {
	for _, tc := range []struct {
		text string
		want time.Duration // -1: a complaint
	}{
		{"1", time.Second}, {"0", 0}, {"0.25", 250 * time.Millisecond}, {"3600", time.Hour},
		{"-1", -1}, {"abc", -1}, {"", -1}, {"1s", -1}, {"1e300", -1},
	} {
		d, err := Seconds("sleep", tc.text)
		if (err != nil) != (tc.want < 0) || err == nil && d != tc.want {
			t.Errorf("%q is %v, %v; want %v", tc.text, d, err, tc.want)
		}
	}
}

func TestParseAge(t *testing.T) {
	for _, tc := range []struct {
		text string
		want time.Duration // -1: a complaint
	}{
		{"90", 90 * time.Second}, {"0", 0}, {"30s", 30 * time.Second}, {"5m", 5 * time.Minute}, {"1.5h", 90 * time.Minute},
		{"1d", 24 * time.Hour}, {"365d", 365 * 24 * time.Hour},
		{"", -1}, {"d", -1}, {"-1d", -1}, {"1w", -1}, {"1dd", -1}, {"1e9d", -1},
	} {
		d, err := Age("compress-after", tc.text)
		if (err != nil) != (tc.want < 0) || err == nil && d != tc.want {
			t.Errorf("%q is %v, %v; want %v", tc.text, d, err, tc.want)
		}
	}
}

func TestParseMode(t *testing.T) {
	for text, ok := range map[string]bool{"0640": true, "640": true, "777": true, "0": false, "9": false, "u+r": false, "1777": false, "": false} {
		if _, err := FileMode("file-mode", text); (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
	}
}
