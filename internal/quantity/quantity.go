// Package quantity writes numbers with what they count, for people.
package quantity

import (
	"fmt"
	"strconv"
)

// Count is a number of things: "1 message", "20 messages".
func Count[N int | int64 | uint64](n N, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// Bytes is a number of bytes in the largest unit of which there is one, with three digits at least: "512 B", "1.5 KiB",
// "44.4 GiB".
func Bytes(n uint64) string {
	value, unit := float64(n), "B"
	for _, next := range []string{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"} {
		if value < 1024 {
			break
		}
		value, unit = value/1024, next
	}
	digits := 0
	if value < 100 && value != float64(int(value)) {
		digits = 1
	}
	return strconv.FormatFloat(value, 'f', digits, 64) + " " + unit
}
