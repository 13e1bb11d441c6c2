package phpserialize_test

import (
	"strings"
	"testing"

	"envelog/decoder/phpserialize"
)

func TestLimitsComplete(t *testing.T) {
	defaults := phpserialize.Limits{MaxBytes: 16 << 20, MaxDepth: 4096, MaxElements: 1 << 18}
	tests := []struct {
		name         string
		limits, want phpserialize.Limits
		says         []string
	}{
		{"defaults", phpserialize.Limits{}, defaults, nil},
		{"defaults themselves", defaults, defaults, nil},
		{"some", phpserialize.Limits{MaxDepth: 10}, phpserialize.Limits{MaxBytes: 16 << 20, MaxDepth: 10, MaxElements: 1 << 18}, nil},
		{"least", phpserialize.Limits{MaxBytes: 1024, MaxDepth: 8, MaxElements: 16}, phpserialize.Limits{MaxBytes: 1024, MaxDepth: 8, MaxElements: 16}, nil},
		{"most", phpserialize.Limits{MaxBytes: 1 << 30, MaxDepth: 65536, MaxElements: 1 << 24}, phpserialize.Limits{MaxBytes: 1 << 30, MaxDepth: 65536, MaxElements: 1 << 24}, nil},
		{"below", phpserialize.Limits{MaxBytes: 1023, MaxDepth: 7, MaxElements: 15}, phpserialize.Limits{}, []string{"MaxBytes is 1023", "MaxDepth is 7", "MaxElements is 15"}},
		{"above", phpserialize.Limits{MaxBytes: 1<<30 + 1, MaxDepth: 65537, MaxElements: 1<<24 + 1}, phpserialize.Limits{}, []string{"MaxBytes", "MaxDepth", "MaxElements"}},
		{"negative", phpserialize.Limits{MaxDepth: -1}, phpserialize.Limits{}, []string{"MaxDepth is -1"}},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			got, err := c.limits.Complete()
			if c.says == nil && (err != nil || got != c.want) {
				t.Errorf("Complete = %+v, %v, want %+v", got, err, c.want)
			}
			for _, says := range c.says {
				if err == nil || !strings.Contains(err.Error(), says) {
					t.Errorf("Complete = %v, want an error that says %q", err, says)
				}
			}
		})
	}
}
