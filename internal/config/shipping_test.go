package config

import (
	"strings"
	"testing"

	"envelog/format"
)

func TestUnreadable(t *testing.T) {
	for _, c := range []struct {
		name  string
		lines Lines
		want  string // in the reason; "": none
	}{
		{"keyvalue", Lines{Format: "keyvalue"}, ""},
		{"line", Lines{Format: "line"}, ""},
		{"json", Lines{Format: "json"}, ""},
		{"logfmt", Lines{Format: "logfmt"}, ""},
		{"whole seconds", Lines{Format: "line", DateFormat: `Y-m-d\TH:i:sP`}, ""},
		{"no zone", Lines{Format: "keyvalue", DateFormat: "Y-m-d H:i:s"}, `"2026-11-23 09:49:34"`},
		{"another order", Lines{Format: "json", DateFormat: "d/m/Y H:i"}, `"23/11/2026 09:49"`},
		{"blanks in logfmt", Lines{Format: "logfmt", DateFormat: "d.m.Y H:i"}, "do not begin"},
		{"the wrong hour", Lines{Format: "line", DateFormat: `Y-m-d\TH:i:s\Z`}, `"2026-11-23T09:49:34Z"`},
		{"its own format", Lines{Format: "line", LineFormat: "%datetime% %channel% %message%"}, "do not begin"},
		{"its own format, which begins alike", Lines{Format: "line", LineFormat: "[%datetime%] %channel%.%level_name%: %message%"}, ""},
		{"cut levels", Lines{Format: "line", Options: format.LineOptions{MaxLevelName: 3}}, "do not begin"},
		{"several lines", Lines{Format: "line", Options: format.LineOptions{Stacktraces: true}}, "more than one line"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.lines.Unreadable(); (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
				t.Errorf("Unreadable() = %q, want %q in it", got, c.want)
			}
		})
	}
}
