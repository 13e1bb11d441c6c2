package config

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"envelog/internal/settings"
)

// invocationOf returns that of a command line of a command with all settings, in which the flags are set.
func invocationOf(t *testing.T, env string, flags map[string][]string) Invocation {
	t.Helper()
	all := slices.Concat(consumeSettings(), ProjectSettings(), FileSetting())
	c, err := Load(Sources{
		Command: all, All: all, Env: env,
		Flags: func(s settings.Setting) ([]string, string, error) {
			if texts, ok := flags[s.Name]; ok {
				return texts, FlagOrigin(s.Name), nil
			}
			return nil, "", nil
		},
		Getenv: func(name string) string {
			return map[string]string{"ENVELOG_FORMAT": "json", "ENVELOG_LOG_DIR": "/var/log/app"}[name]
		},
		Options: func(command string) []settings.Setting {
			return map[string][]settings.Setting{"all": all, "files": LogDirSetting()}[command]
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c.Reader().Invocation()
}

func TestCommandHasWhatReachesTheSame(t *testing.T) {
	flags := map[string][]string{
		"dsn": {"async=redis://localhost:6379/messages", "failed=redis://user:hunter2@localhost/failed"}, "no-project": {"true"},
		"class": {`App\Message\*`}, "failure-transport": {""}, "log-level": {"debug"},
	}
	for _, c := range []struct {
		command string
		words   []string
		want    string
	}{
		{"none", nil, "envelog none"},
		{"files", []string{"{name}", "it's"}, `envelog files {name} 'it'\''s' --log-dir=/var/log/app`},
		{"all", []string{"--from=a b"}, `envelog all --from='a b' --dsn='async=redis://localhost:6379/messages' --dsn='failed=redis://***@localhost/failed'` +
			` --class='App\Message\*' --log-dir=/var/log/app --failure-transport='' --no-project --env=prod`},
	} {
		if got := invocationOf(t, "prod", flags).Command(c.command, c.words...); got != c.want {
			t.Errorf("%s\nwant\n%s", got, c.want)
		}
	}
	if got := (Invocation{}).Command("config"); got != "envelog config" {
		t.Error(got)
	}
	if got := invocationOf(t, "", map[string][]string{"dsn": {"redis://localhost/messages"}}).calling("mine").Command("all"); got != "envelog all --dsn='mine=redis://localhost/messages' --log-dir=/var/log/app" {
		t.Error(got)
	}
}

// TestAShellReadsWordsAsTheyWere has a shell print what it makes of words.
func TestAShellReadsWordsAsTheyWere(t *testing.T) {
	words := []string{"plain", "", "a b", "it's", `"$HOME" \ $(id) *?[a] ~ !x #y ;&|<>`, "~/log", "=ls", "-x", "{name}", "{a,b}", "{}", "été", "a\nb", "--from=it's a", "--x=~", "name=x y"}
	line := "printf '%s\\0'"
	for _, word := range words {
		line += " " + shellWord(word)
	}
	out, err := exec.Command("sh", "-c", line).Output()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00"); !slices.Equal(got, words) {
		t.Errorf("%q\nwant\n%q", got, words)
	}
}
