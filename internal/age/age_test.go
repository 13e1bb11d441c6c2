package age_test

import (
	"testing"
	"testing/synctest"
	"time"

	"envelog/internal/age"
)

func TestAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // the clock stands still
		for _, tc := range []struct {
			ago  time.Duration
			want string
		}{
			{0, "0s"}, {-time.Hour, "0s"}, {999 * time.Millisecond, "0s"}, {59 * time.Second, "59s"}, {time.Minute, "1m 0s"},
			{61*time.Minute + time.Second, "1h 1m"}, {25*time.Hour + 59*time.Minute, "1d 1h"}, {1000 * time.Hour, "41d 16h"},
		} {
			if got := age.Of(time.Now().Add(-tc.ago)); got != tc.want {
				t.Errorf("%v ago: %s, want %s", tc.ago, got, tc.want)
			}
		}
		if got := age.Of(time.Time{}); got != "-" {
			t.Errorf("never: %s", got)
		}
	})
}
