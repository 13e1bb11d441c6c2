package quantity

import (
	"math"
	"testing"
)

func TestCount(t *testing.T) {
	for n, want := range map[int]string{0: "0 messages", 1: "1 message", 2: "2 messages"} {
		if got := Count(n, "message", "messages"); got != want {
			t.Errorf("%d is %q", n, got)
		}
	}
}

func TestBytes(t *testing.T) {
	for n, want := range map[uint64]string{
		0: "0 B", 512: "512 B", 1536: "1.5 KiB", 2 << 20: "2 MiB", 256 << 20: "256 MiB", 47_693_856_768: "44.4 GiB",
		900 << 40: "900 TiB", math.MaxUint64: "16 EiB",
	} {
		if got := Bytes(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}
