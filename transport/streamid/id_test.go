package streamid

import (
	"math"
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
