package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"envelog/internal/build"
	"envelog/internal/config"
)

// WriteManual writes the pages of man(1) into a directory: envelog.1, and one for each command, such as
// envelog-messenger-consume.1. envelog itself does not call it: its pages come with the packages.
func WriteManual(dir string) error {
	all := commands()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("write manual: %w", err)
	}
	pages := map[string]string{"envelog": overviewPage(all)}
	for _, c := range all {
		pages[pageOf(c)] = commandPage(c)
	}
	for name, text := range pages {
		if err := os.WriteFile(filepath.Join(dir, name+".1"), []byte(text), 0o644); err != nil {
			return fmt.Errorf("write manual: %w", err)
		}
	}
	return nil
}

// pageOf is the name of a command's page: man looks for no colon.
func pageOf(c command) string { return "envelog-" + strings.ReplaceAll(c.name, ":", "-") }

// roff escapes text for a line of its own or a part of one.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(text)
	if strings.HasPrefix(text, ".") || strings.HasPrefix(text, "'") {
		text = `\&` + text
	}
	return text
}

func heading(name, about string) string {
	b := build.Read()
	day := "" // pages of one commit are the same, whenever they are made
	if at, err := time.Parse(time.RFC3339, b.Date); err == nil {
		day = at.Format(time.DateOnly)
	}
	return fmt.Sprintf(".TH %s 1 %q \"envelog %s\" \"User Commands\"\n.SH NAME\n%s \\- %s\n", strings.ToUpper(roff(name)), day, roff(b.Version), roff(name), roff(about))
}

// prose is the help of a command: its paragraphs are filled, and what is indented stands as it is.
func prose(help string) string {
	var b strings.Builder
	literal := false
	for line := range strings.SplitSeq(strings.TrimSpace(help), "\n") {
		switch indented := strings.HasPrefix(line, " "); {
		case line == "" && !literal:
			b.WriteString(".PP\n")
			continue
		case line == "":
		case indented && !literal:
			b.WriteString(".nf\n")
			literal = true
		case !indented && literal:
			b.WriteString(".fi\n")
			literal = false
		}
		b.WriteString(roff(line) + "\n")
	}
	if literal {
		b.WriteString(".fi\n")
	}
	return b.String()
}

func overviewPage(all []command) string {
	var b strings.Builder
	b.WriteString(heading("envelog", "carry log messages from Symfony Messenger's Redis stream into files"))
	b.WriteString(".SH SYNOPSIS\n.B envelog\n.I command\n.RI [ options ]\n.RI [ arguments ]\n.SH COMMANDS\n")
	for _, c := range all {
		fmt.Fprintf(&b, ".TP\n.BR %s (1)\n%s\n", roff(pageOf(c)), roff(c.usage))
	}
	b.WriteString(`.SH SETTINGS
An option that is not given is looked for in its environment variable, then in
.IR envelog.yaml ,
then in the configuration of the Symfony application, if there is one.
.B envelog config
shows what is in force, and where it comes from.
.SH FILES
.TP
.I envelog.yaml
Settings, in the directory of the application or the current one, or where
.B \-\-config
says.
.TP
.I var/log/<channel>\-<date>.log
The lines.
.TP
.I var/log/.rejected
Messages that could not be decoded, raw, each with its reason.
.SH EXIT STATUS
0 for success, 1 for failure.
.SH SIGNALS
SIGTERM, SIGINT and SIGQUIT finish and acknowledge what is in flight. SIGHUP reads the configuration again and opens the files again.
`)
	return b.String()
}

func commandPage(c command) string {
	var b strings.Builder
	b.WriteString(heading(pageOf(c), c.usage))
	fmt.Fprintf(&b, ".SH SYNOPSIS\n.B envelog %s\n.RI [ options ]\n%s\n.SH DESCRIPTION\n%s", roff(c.name), roff(c.arguments), prose(c.help))
	for _, group := range groupsOf(c.options) {
		fmt.Fprintf(&b, ".SH %s\n", strings.ToUpper(roff(group)))
		for _, o := range c.options {
			if o.Group != group {
				continue
			}
			fmt.Fprintf(&b, ".TP\n.B %s\n%s\n", roff(strings.TrimSpace(spelling(o))), roff(describe(o)))
			if config.IsSetting(o) {
				fmt.Fprintf(&b, ".br\nEnvironment: %s\n", roff(o.Variable()))
			}
		}
	}
	return b.String()
}
