package config

import (
	"strings"
	"testing"
)

func TestNamedDSNs(t *testing.T) {
	for _, tc := range []struct {
		name      string
		flags     []string
		arguments []string
		want      string
		complaint string
	}{
		{name: "nothing"},
		{name: "named", flags: []string{"a=redis://h/s?x=1"}, want: "a>redis://h/s?x=1"},
		{name: "several", flags: []string{"a=redis://h", "b=redis://i"}, want: "a>redis://h b>redis://i"},
		{name: "unnamed", flags: []string{"redis://e?x=1"}, want: "async>redis://e?x=1"},
		{name: "unnamed, named by the argument", flags: []string{"redis://h?x=1"}, arguments: []string{"logs"}, want: "logs>redis://h?x=1"},
		{name: "unnamed among several", flags: []string{"redis://h", "b=redis://i"}, complaint: "must be name=DSN"},
		{name: "twice", flags: []string{"a=redis://h", "a=redis://i"}, complaint: `defines the transport "a" twice`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := namedDSNs(tc.flags, tc.arguments)
			var all []string
			for _, g := range got {
				all = append(all, g.name+">"+g.dsn)
			}
			check(t, strings.Join(all, " "), err, tc.want, tc.complaint)
		})
	}
}

func TestChooseReceivers(t *testing.T) {
	transports := []string{"async", "logs", "logs_low"}
	for _, tc := range []struct {
		name      string
		selection Selection
		want      string
		complaint string
	}{
		{"one", Selection{Arguments: []string{"logs"}}, "logs", ""},
		{"in order of priority", Selection{Arguments: []string{"logs", "async"}}, "logs async", ""},
		{"twice", Selection{Arguments: []string{"logs", "logs"}}, "logs", ""},
		{"pattern", Selection{Arguments: []string{"logs.*"}}, "logs logs_low", ""},
		{"pattern matches whole names", Selection{Arguments: []string{"log"}}, "", `The receiver "log" does not exist. Did you mean "logs"? Valid receivers are: async, logs, logs_low.`},
		{"DSN", Selection{Arguments: []string{"redis://user:secret@host"}}, "", "A receiver is meant by its name"},
		{"no pattern", Selection{Arguments: []string{"("}}, "", `The receiver "(" does not exist.`},
		{"all", Selection{All: true}, "async logs logs_low", ""},
		{"all but", Selection{All: true, Exclude: []string{"logs"}}, "async logs_low", ""},
		{"all excluded", Selection{All: true, Exclude: []string{"logs", "async", "logs_low"}}, "",
			"All transports/receivers have been excluded, please specify at least one to consume from."},
		{"excluded without all", Selection{Arguments: []string{"logs"}, Exclude: []string{"async"}}, "",
			`The "--exclude-receivers" option can only be used with the "--all" option.`},
		{"unknown excluded", Selection{All: true, Exclude: []string{"asink"}}, "", `The receiver "asink" does not exist.`},
		{"none of several", Selection{}, "", "Please pass at least one receiver."},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := tc.selection.choose(transports)
			check(t, strings.Join(got, " "), err, tc.want, tc.complaint)
		})
	}
	if got, err := (Selection{}).choose(transports[:1]); err != nil || len(got) != 1 {
		t.Errorf("the only one: %v, %v", got, err)
	}
}

func check(t *testing.T, got string, err error, want, complaint string) {
	t.Helper()
	switch {
	case complaint == "" && err != nil, complaint != "" && (err == nil || !strings.Contains(err.Error(), complaint)):
		t.Errorf("error %v, want %q", err, complaint)
	case got != want:
		t.Errorf("got %q, want %q", got, want)
	}
}
