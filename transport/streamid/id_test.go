package streamid

import (
	"encoding/binary"
	"math"
	"strconv"
	"testing"
)

func FuzzParse(f *testing.F) {
	for _, id := range []string{"0-0", "1795423651867-0", "18446744073709551615-18446744073709551615", "18446744073709551616-0", "1", "-1", "1-", "1-2-3", "x-1", "01-02"} {
		f.Add([]byte(id))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		id, err := Parse(text)
		if err != nil {
			return
		}
		again, err := Parse(id.Append(nil))
		if err != nil || again != id {
			t.Fatalf("%q is %v, and then %v, %v", text, id, again, err)
		}
	})
}

// FuzzDigits reads what strconv reads.
func FuzzDigits(f *testing.F) {
	for _, text := range []string{"", "7", "1234567", "12345678", "123456789x", "1234567:", "1234567/", "/1234567", "12345678-1", "1795423651867-0", "00000000000000000001",
		"18446744073709551615", "18446744073709551616", "99999999999999999999", "\xb0\xb1\xb2\xb3\xb4\xb5\xb6\xb7"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		digits := 0
		for digits < len(text) && text[digits] >= '0' && text[digits] <= '9' {
			digits++
		}
		want, err := strconv.ParseUint(string(text[:digits]), 10, 64)
		if err != nil {
			want, digits = 0, 0
		}
		if got, n := Digits(text); got != want || n != digits {
			t.Fatalf("Digits(%q) = %d, %d, want %d, %d", text, got, n, want, digits)
		}
	})
}

// TestEightDigits has each byte in the place of each digit.
func TestEightDigits(t *testing.T) {
	for place := range group {
		for c := range 256 {
			text := []byte("90909090")
			text[place] = byte(c)
			want, err := strconv.ParseUint(string(text), 10, 64)
			got, n := eightDigits(binary.LittleEndian.Uint64(text))
			if (err == nil) != (n == group) || got != want {
				t.Errorf("%q is %d of %d digits", text, got, n)
			}
		}
	}
}

func TestOrder(t *testing.T) {
	ids := []ID{{}, {MS: 0, Seq: 1}, {MS: 0, Seq: math.MaxUint64}, {MS: 1}, {MS: 1, Seq: 1}, {MS: math.MaxUint64, Seq: 5}}
	for i, a := range ids {
		for j, b := range ids {
			if a.After(b) != (i > j) {
				t.Errorf("%v after %v is %t", a, b, a.After(b))
			}
		}
		if i > 0 && a.Previous().Next() != a {
			t.Errorf("%v is not behind what is before it", a)
		}
	}
}
