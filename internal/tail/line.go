package tail

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"

	"envelog/record"
)

// Line is one line of a log file.
type Line struct {
	Time    time.Time    // the record's own; zero when it is not known
	Channel string       // by the name of the file
	Level   record.Level // 0 when it is not known
	Text    string       // without the line feed; bytes that nobody may trust
}

var (
	bracketed = regexp.MustCompile(`^\[([^\]]+)\] (?:"(?:[^"\\]|\\.)*"|[^:]*?)\.(DEBUG|INFO|NOTICE|WARNING|ERROR|CRITICAL|ALERT|EMERGENCY): `)
	logfmt    = regexp.MustCompile(`^ts=(\S+) level=(\w+) `)
)

// Parse finds time and level of a line in one of the formats keyvalue, line, json and logfmt.
func Parse(text string) (at time.Time, level record.Level) {
	switch {
	case strings.HasPrefix(text, "{"):
		var fields struct {
			Datetime time.Time `json:"datetime"`
			Level    int64     `json:"level"`
		}
		if json.Unmarshal([]byte(text), &fields) == nil {
			level, _ = record.LevelFromNumber(fields.Level)
			at = fields.Datetime
		}
		return at, level
	case strings.HasPrefix(text, "["):
		return found(bracketed.FindStringSubmatch(text))
	}
	return found(logfmt.FindStringSubmatch(text))
}

func found(match []string) (at time.Time, level record.Level) {
	if match == nil {
		return at, level
	}
	at, _ = time.Parse(time.RFC3339Nano, match[1])
	level, _ = record.LevelFromName([]byte(match[2]))
	return at, level
}

// Filter says which lines are wanted.
type Filter struct {
	Channels []string          // nothing for all
	Least    record.Level      // 0 for all; a line without a level is of none
	Match    func(string) bool // nil for all
}

// Wants reports whether a line is wanted.
func (f *Filter) Wants(l *Line) bool {
	return (len(f.Channels) == 0 || slices.Contains(f.Channels, l.Channel)) && l.Level >= f.Least && (f.Match == nil || f.Match(l.Text))
}
