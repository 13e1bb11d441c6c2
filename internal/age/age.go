// Package age spells for people how long ago something happened.
package age

import (
	"fmt"
	"time"
)

// Of is how long ago at was, in its two largest units, as "3m 7s"; a dash for the zero time.
func Of(at time.Time) string {
	if at.IsZero() {
		return "-"
	}
	left := max(time.Since(at), 0)
	for _, unit := range []struct {
		name string
		long time.Duration
		next string
		less time.Duration
	}{{"d", 24 * time.Hour, "h", time.Hour}, {"h", time.Hour, "m", time.Minute}, {"m", time.Minute, "s", time.Second}} {
		if left >= unit.long {
			return fmt.Sprintf("%d%s %d%s", left/unit.long, unit.name, left%unit.long/unit.less, unit.next)
		}
	}
	return fmt.Sprintf("%ds", left/time.Second)
}
