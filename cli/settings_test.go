package cli

import (
	"slices"
	"strings"
	"testing"

	"envelog/internal/settings"
)

// TestRowsAreInOrder checks each row of the table of settings, and each option of a command.
func TestRowsAreInOrder(t *testing.T) {
	variables := map[string]string{}
	for _, s := range settingsOf(commands()) {
		if other, twice := variables[s.Variable()]; twice {
			t.Errorf("%s and %s have one variable", s.Name, other)
		}
		variables[s.Variable()] = s.Name
		if s.Unit != "" && s.Parse == nil {
			t.Errorf("%s has a unit and takes any text", s.Name)
		}
		for _, text := range []string{s.Default, s.Without} {
			if s.Parse == nil || text == "" {
				continue
			}
			if _, err := s.Parse(s.Name, text); err != nil {
				t.Errorf("the default of %s: %v", s.Name, err)
			}
		}
	}
	for _, c := range commands() {
		checkOptions(t, c)
	}
}

func checkOptions(t *testing.T, c command) {
	t.Helper()
	var names, letters []string
	for _, o := range c.options {
		if slices.Contains(names, o.Name) || o.Letter != "" && slices.Contains(letters, o.Letter) {
			t.Errorf("%s has --%s twice", c.name, o.Name)
		}
		names, letters = append(names, o.Name), append(letters, o.Letter)
		if o.Usage == "" || o.Group == "" || strings.HasSuffix(o.Usage, ".") {
			t.Errorf("%s: --%s is described as %q in the group %q", c.name, o.Name, o.Usage, o.Group)
		}
		if o.Kind != settings.Text && (o.Default != "" || o.Without != "" || o.Parse != nil) {
			t.Errorf("%s: --%s is no text and has a default or a Parse", c.name, o.Name)
		}
	}
}

func TestEveryCommandHasTheSettingsOfTheLog(t *testing.T) {
	for _, c := range commands() {
		for _, name := range []string{"log-format", "log-level"} {
			n := 0
			for _, o := range c.options {
				if o.Name == name {
					n++
				}
			}
			if n != 1 {
				t.Errorf("%s has --%s %d times", c.name, name, n)
			}
		}
	}
}
