package config

import (
	"strings"
	"unicode"

	"envelog/internal/settings"
)

// Invocation is what a command line said, for the commands that are suggested to its user: pasted into a shell, they reach the same
// transports, files and application. The zero Invocation said nothing.
type Invocation struct {
	given   []settings.Value
	env     string // of --env
	options func(command string) []settings.Setting
}

// Invocation returns what the command line said, and which log directory the command uses, whatever says so: other commands may not
// read the application that does.
func (r *Reader) Invocation() Invocation {
	i := Invocation{env: r.env, options: r.options}
	for _, v := range r.Values {
		if has(r.command, v.Name) && !has(LogSettings(), v.Name) && (v.Origin == FlagOrigin(v.Name) || v.Name == "log-dir") {
			i.given = append(i.given, v)
		}
	}
	return i
}

// calling gives a DSN without a name the one that it goes by.
func (i Invocation) calling(transport string) Invocation {
	named := i
	named.given = nil
	for _, v := range i.given {
		if v.Name == dsnName && len(v.Texts) == 1 {
			if _, dsn, ok := cutName(v.Texts[0]); !ok {
				v.Texts = []string{transport + "=" + dsn}
			}
		}
		named.given = append(named.given, v)
	}
	return named
}

// Command returns a command of envelog for a shell: its name, its own arguments and options, and those options of this command line
// that it has, too. A word like {name} stands for something else. Passwords are secret.Stars.
func (i Invocation) Command(name string, words ...string) string {
	line := "envelog " + name
	for _, word := range words {
		line += " " + shellWord(word)
	}
	if i.options == nil {
		return line
	}
	options := i.options(name)
	for _, v := range i.given {
		if has(options, v.Name) {
			line += asFlags(v)
		}
	}
	if i.env != "" && ReadsApplication(options) {
		line += " --env=" + shellWord(i.env)
	}
	return line
}

// asFlags returns a value as flags, each after a space.
func asFlags(v settings.Value) (flags string) {
	if v.Kind == settings.Switch {
		return " --" + v.Name
	}
	for _, text := range Shown(v) {
		flags += " --" + v.Name + "=" + shellWord(text)
	}
	return flags
}

// shellWord returns text as one word for a shell. An option keeps its name and "=" before what is quoted.
func shellWord(text string) string {
	if name, value, ok := strings.Cut(text, "="); ok && strings.HasPrefix(name, "--") && isPlain(name) {
		return name + "=" + shellWord(value)
	}
	placeholder, _ := strings.CutPrefix(text, "{")
	placeholder, _ = strings.CutSuffix(placeholder, "}")
	if text != "" && (isPlain(text) || text == "{"+placeholder+"}" && isPlain(placeholder)) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// isPlain reports whether a text means itself in every shell.
func isPlain(text string) bool {
	return strings.TrimFunc(text, func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("/._-:@,+%", r)
	}) == ""
}
