package config

import (
	"encoding/json"
	"fmt"
	"regexp"
	"time"

	"envelog/format"
	"envelog/record"
)

// shippedHead finds the time in a line, as the configurations of Alloy and Promtail in deploy/ do.
var shippedHead = map[string]*regexp.Regexp{
	"keyvalue": regexp.MustCompile(`^\[([^\]]+)\] app\.EMERGENCY: `),
	"line":     regexp.MustCompile(`^\[([^\]]+)\] app\.EMERGENCY: `),
	"logfmt":   regexp.MustCompile(`^ts=(\S+) level=emergency channel=app msg=`),
}

// Unreadable returns why Alloy and Promtail, as deploy/ configures them for Loki, cannot read time, channel and level of these
// lines: "" when they can. It judges by a line that is printed for that.
func (l *Lines) Unreadable() (why string) {
	formatter, err := format.New(l.Format, l.Formatter())
	if err != nil {
		return "" // the worker does not start with these options, and says why
	}
	if l.Options.InlineLineBreaks || l.Options.Stacktraces {
		return "a record can be more than one line of text"
	}
	r := record.Record{Channel: []byte("app"), Level: record.Emergency, Message: []byte("Disk is full"), Time: time.Date(2026, 11, 23, 9, 49, 34, 841400e3, time.FixedZone("+01:00", 3600))}
	line := formatter.Append(nil, &r)
	printed := ""
	if l.Format == "json" {
		var object struct{ Datetime string }
		_ = json.Unmarshal(line, &object) // it is JSON
		printed = object.Datetime
	} else if match := shippedHead[l.Format].FindSubmatch(line); match != nil {
		printed = string(match[1])
	} else {
		return fmt.Sprintf("they do not begin as lines of this format do: %.60q", line)
	}
	if read, err := time.Parse(time.RFC3339Nano, printed); err != nil || read.Unix() != r.Time.Unix() {
		return fmt.Sprintf("the time of a line, such as %q, is not in the form 2026-11-23T09:49:34.841400+01:00", printed)
	}
	return ""
}
