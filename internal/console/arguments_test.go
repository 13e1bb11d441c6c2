package console

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"envelog/internal/settings"
)

func someOptions() []settings.Setting {
	return []settings.Setting{
		{Name: "limit", Letter: "l"},
		{Name: "time-limit", Letter: "t"},
		{Name: "queues", Kind: settings.List},
		{Name: "all", Kind: settings.Switch},
		{Name: "keepalive", Without: "5"},
		{Name: "quiet", Letter: "q", Kind: settings.Switch},
		{Name: "verbose", Letter: "v", Kind: settings.Switch},
		{Name: "version", Letter: "V", Kind: settings.Switch},
		{Name: "no-interaction", Letter: "n", Kind: settings.Switch},
		{Name: "env", Letter: "e"},
		{Name: "no-debug", Kind: settings.Switch},
	}
}

func TestArrange(t *testing.T) {
	for _, tc := range []struct{ name, tokens, want string }{
		{"nothing", "", "--"},
		{"argument", "async", "-- async"},
		{"long, joined", "async --limit=5", "--limit=5 -- async"},
		{"long, apart", "--limit 5 async", "--limit=5 -- async"},
		{"short, joined", "-l5 async", "--limit=5 -- async"},
		{"short, apart", "async -l 5", "--limit=5 -- async"},
		{"short with an equals sign belongs to the value", "-l=5", "--limit==5 --"},
		{"joined empty value", "--limit= async", "--limit= -- async"},
		{"negative value, joined", "--limit=-1", "--limit=-1 --"},
		{"options between arguments", "a --all b -t3 c", "--all --time-limit=3 -- a b c"},
		{"switches", "-vv async", "--verbose --verbose -- async"},
		{"joined switches", "-nqv", "--no-interaction --quiet --verbose --"},
		{"joined switches and a value", "-nl5", "--no-interaction --limit=5 --"},
		{"joined switches and a value apart", "-nl 5", "--no-interaction --limit=5 --"},
		{"end of options", "a -- --limit -x", "-- a --limit -x"},
		{"dash is an argument", "-", "-- -"},
		{"repeated", "--queues=a --queues b", "--queues=a --queues=b --"},
		{"optional value, none", "--keepalive", "--keepalive=5 --"},
		{"optional value, joined", "--keepalive=9 async", "--keepalive=9 -- async"},
		{"optional value, apart", "--keepalive 9 async", "--keepalive=9 -- async"},
		{"optional value, a receiver behind it", "--keepalive async", "--keepalive=5 -- async"},
		{"optional value, an option behind it", "--keepalive --all", "--keepalive=5 --all --"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := Arrange(someOptions(), strings.Fields(tc.tokens))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.Fields(tc.want), got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestArrangeComplains(t *testing.T) {
	for _, tc := range []struct{ name, tokens, want string }{
		{"unknown", "--nothing-like-it", `The "--nothing-like-it" option does not exist.`},
		{"unknown, misspelt", "--limt=5", `The "--limt" option does not exist. Did you mean "--limit"?`},
		{"abbreviated", "--lim=5", `The "--lim" option does not exist. Did you mean "--limit"?`},
		{"long with one letter", "--l=5", `The "--l" option does not exist. Did you mean "--limit"?`},
		{"unknown letter", "-x", `The "-x" option does not exist.`},
		{"unknown letter among others", "-qx", `The "-x" option does not exist.`},
		{"no value", "--limit", `The "--limit" option requires a value.`},
		{"an option for a value", "--limit -5", `The "--limit" option requires a value.`},
		{"no value for a letter", "-l", `The "--limit" option requires a value.`},
		{"value for a switch", "--all=3", `The "--all" option does not accept a value.`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := Arrange(someOptions(), strings.Fields(tc.tokens))
			if err == nil || err.Error() != tc.want {
				t.Errorf("error %v, want %s", err, tc.want)
			}
		})
	}
}

func TestSplitCommand(t *testing.T) {
	for _, tc := range []struct{ name, tokens, command, rest string }{
		{"nothing", "", "", ""},
		{"first", "decode file -v", "decode", "file -v"},
		{"behind options", "-v --env prod --no-debug decode file", "decode", "-v --env prod --no-debug file"},
		{"behind a joined option", "--env=prod decode", "decode", "--env=prod"},
		{"behind an option of the command", "--queues q -l 5 decode", "decode", "--queues q -l 5"},
		{"behind an option that needs no value", "--keepalive decode", "decode", "--keepalive"},
		{"behind an unknown option", "--nope decode", "decode", "--nope"},
		{"options only", "-V", "", "-V"},
		{"behind the end of options", "-- decode", "", "-- decode"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			command, rest := SplitCommand(someOptions(), strings.Fields(tc.tokens))
			if command != tc.command || strings.Join(rest, " ") != tc.rest {
				t.Errorf("got %q and %q", command, rest)
			}
		})
	}
}
