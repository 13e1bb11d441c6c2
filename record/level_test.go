package record_test

import (
	"strings"
	"testing"

	"envelog/record"
)

var levels = map[string]record.Level{"DEBUG": record.Debug, "INFO": record.Info, "NOTICE": record.Notice, "WARNING": record.Warning,
	"ERROR": record.Error, "CRITICAL": record.Critical, "ALERT": record.Alert, "EMERGENCY": record.Emergency}

func TestLevels(t *testing.T) {
	for name, level := range levels {
		if level.String() != name {
			t.Errorf("%s prints as %s", name, level)
		}
		for _, spelled := range []string{name, strings.ToLower(name), name[:1] + strings.ToLower(name[1:])} {
			if got, ok := record.LevelFromName([]byte(spelled)); got != level || !ok {
				t.Errorf("%s is read as %v, %t", spelled, got, ok)
			}
		}
		if got, ok := record.LevelFromNumber(int64(level)); got != level || !ok {
			t.Errorf("%d is read as %v, %t", level, got, ok)
		}
	}
	if record.Level(150).String() != "150" {
		t.Errorf("a level of another number prints as %s", record.Level(150))
	}
}

func TestLevelsThatAreNone(t *testing.T) {
	for _, name := range []string{"", "WARN", "warnin", "warnings", "EMERGENCYX", "info ", "ＩＮＦＯ", "\x00", "[NFO", "5", strings.Repeat("x", 1000)} {
		if got, ok := record.LevelFromName([]byte(name)); ok {
			t.Errorf("%q is read as %s", name, got)
		}
	}
	for _, number := range []int64{0, 1, 99, 101, 700, -100, 100 + 1<<16, 600 + 1<<32, -1 << 63} {
		if got, ok := record.LevelFromNumber(number); ok {
			t.Errorf("%d is read as %s", number, got)
		}
	}
}

// TestGreaterIsMoreSevere is what comparisons of levels rest on.
func TestGreaterIsMoreSevere(t *testing.T) {
	order := []record.Level{record.Debug, record.Info, record.Notice, record.Warning, record.Error, record.Critical, record.Alert, record.Emergency}
	for i := range order[1:] {
		if order[i] >= order[i+1] {
			t.Errorf("%s is not below %s", order[i], order[i+1])
		}
	}
}
