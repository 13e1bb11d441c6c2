package console

import "testing"

func TestFindCommand(t *testing.T) {
	commands := []Command{{"messenger:consume", "Consume"}, {"messenger:failed:show", "Show"}, {"messenger:failed:retry", "Retry"}, {"decode", "Open a payload"}, {"demo", "See it"}}
	for _, tc := range []struct{ name, short, want, complaint string }{
		{"whole", "decode", "decode", ""},
		{"cut short", "m:c", "messenger:consume", ""},
		{"cut short at the end", "messenger:cons", "messenger:consume", ""},
		{"three parts", "mess:f:s", "messenger:failed:show", ""},
		{"ambiguous", "de", "", "Command \"de\" is ambiguous.\n\nDid you mean one of these?\n    decode Open a payload\n    demo   See it"},
		{"misspelt", "messenger:consme", "", "Command \"messenger:consme\" is not defined.\n\nDid you mean this?\n    messenger:consume"},
		{"misspelt within", "messenger:faled:show", "", "Command \"messenger:faled:show\" is not defined.\n\nDid you mean one of these?\n    messenger:failed:retry\n    messenger:failed:show"},
		{"a part", "failed", "", "Command \"failed\" is not defined.\n\nDid you mean one of these?\n    messenger:failed:retry\n    messenger:failed:show"},
		{"unknown", "foo", "", `Command "foo" is not defined.`},
		{"empty part", "messenger:", "", "Command \"messenger:\" is not defined.\n\nDid you mean one of these?\n    messenger:consume\n    messenger:failed:retry\n    messenger:failed:show"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, err := FindCommand(commands, tc.short)
			switch {
			case err != nil && err.Error() != tc.complaint:
				t.Errorf("error %v", err)
			case err == nil && (tc.complaint != "" || c != tc.want):
				t.Errorf("found %s", c)
			}
		})
	}
}
