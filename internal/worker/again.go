package worker

import (
	"strings"
	"unicode"

	"envelog/internal/failure"
)

// Again returns the commands that bring messages back, for a log directory.
func Again(logDir string) failure.Again {
	option := " --log-dir=" + shellWord(logDir)
	return failure.Again{
		Parked: "envelog messenger:failed:retry --all" + option,
		Kept:   "envelog rejected:retry --all" + option,
		KeptAs: func(name string) string { return "envelog rejected:retry " + shellWord(name) + option },
	}
}

// shellWord returns text as one word for a shell.
func shellWord(text string) string {
	isPlain := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("/._-", r) }
	if text != "" && strings.TrimFunc(text, isPlain) == "" {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
