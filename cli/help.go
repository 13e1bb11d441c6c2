package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"envelog/internal/config"
	"envelog/internal/console"
	"envelog/internal/settings"
)

func helpCommand() command {
	return command{
		name:      "help",
		usage:     "Display help for a command",
		arguments: "[<command>]",
		help:      "Without a command it gives the overview.",
		run: func(_ context.Context, in *input) error {
			if len(in.args) == 0 {
				in.printOverview()
				return nil
			}
			command, err := findCommand(commands(), in.args[0])
			if err == nil {
				in.printHelp(command)
			}
			return err
		},
	}
}

func listCommand() command {
	return command{
		name:  "list",
		usage: "List the commands",
		help:  "The overview that envelog alone gives, too.",
		run:   func(_ context.Context, in *input) error { in.printOverview(); return nil },
	}
}

// runOverview is a command line without a command.
func (i *invocation) runOverview(tokens []string) error {
	if _, err := console.Arrange(consoleOptions(), tokens); err != nil {
		return err
	}
	i.printOverview()
	return nil
}

func (i *invocation) printOverview() {
	c := i.Out
	c.Printf("%s carries log messages from Symfony Messenger's Redis stream into files.\n\n", c.Paint("32", programName))
	c.Printf("%s\n  envelog <command> [options] [arguments]\n\n", c.Paint("33", "Usage:"))
	c.Printf("%s\n", c.Paint("33", "Commands:"))
	for _, command := range commands() {
		c.Printf("  %s  %s\n", c.Paint("32", console.Pad(command.name, 26)), command.usage)
	}
	c.Printf("\nAll options, defaults and units:    envelog help messenger:consume\n")
}

// printHelp documents one command (Symfony TextDescriptor::describeCommand).
func (i *invocation) printHelp(described command) {
	c := i.Out
	c.Printf("%s\n  %s\n\n", c.Paint("33", "Description:"), described.usage)
	c.Printf("%s\n  %s\n", c.Paint("33", "Usage:"), strings.TrimSpace(described.name+" [options] [--] "+described.arguments))
	for _, group := range groupsOf(described.options) {
		c.Printf("\n%s\n", c.Paint("33", group+":"))
		for _, o := range described.options {
			if o.Group == group {
				i.printOption(o)
			}
		}
	}
	c.Printf("\n%s\n", c.Paint("33", "Help:"))
	for line := range strings.SplitSeq(strings.TrimSpace(described.help), "\n") {
		c.Printf("%s\n", strings.TrimRight("  "+line, " "))
	}
}

func groupsOf(options []settings.Setting) (groups []string) {
	for _, o := range options {
		if !slices.Contains(groups, o.Group) {
			groups = append(groups, o.Group)
		}
	}
	return groups
}

// The column in which the descriptions of options begin; a longer option has it on the next line.
const optionColumn = 36

func (i *invocation) printOption(o settings.Setting) {
	c := i.Out
	text := describe(o)
	if config.IsSetting(o) {
		text += " [$" + o.Variable() + "]"
	}
	left := spelling(o)
	c.Printf("  %s", c.Paint("32", console.Pad(left, optionColumn-2)))
	if len(left) > optionColumn-4 {
		c.Printf("\n%s", console.Pad("", optionColumn))
	}
	lines := console.Wrap(text, max(min(c.Width(), console.MaxWidth)-optionColumn, 30))
	c.Printf("%s\n", strings.Join(lines, "\n"+console.Pad("", optionColumn)))
}

// spelling returns how an option is written: -l, --limit=LIMIT.
func spelling(o settings.Setting) string {
	text := "    --" + o.Name
	if o.Letter != "" {
		text = "-" + o.Letter + ", --" + o.Name
	}
	switch {
	case o.Kind == settings.Switch:
		return text
	case o.Without != "":
		return text + "[=" + strings.ToUpper(o.Name) + "]"
	}
	return text + "=" + strings.ToUpper(o.Name)
}

// describe returns the description of an option with its default.
func describe(o settings.Setting) string {
	switch {
	case o.Kind == settings.List || o.Kind == settings.Pairs:
		return o.Usage + " (multiple values allowed)"
	case o.Default != "":
		return fmt.Sprintf("%s [default: %s]", o.Usage, o.Default)
	}
	return o.Usage
}

// synopsis returns the line below an error: how the command that failed is written; "" for none. Symfony's options stand
// in it as in Symfony's own (InputDefinition::getSynopsis).
func (c command) synopsis() string {
	parts := []string{c.name}
	others, isSymfonys := false, strings.Contains(c.name, ":")
	for _, o := range c.options {
		switch {
		case o.Group == config.GroupCommand || o.Group == config.GroupSymfony && isSymfonys:
			parts = append(parts, inSynopsis(o))
		case o.Group != config.GroupConsole:
			others = true
		}
	}
	if others {
		parts = append(parts, "[options]")
	}
	if c.arguments != "" {
		parts = append(parts, "[--]", c.arguments)
	}
	return strings.Join(parts, " ")
}

func inSynopsis(o settings.Setting) string {
	text := "--" + o.Name
	if o.Letter != "" {
		text = "-" + o.Letter + "|" + text
	}
	value := strings.ToUpper(o.Name)
	switch {
	case o.Kind == settings.Switch:
		return "[" + text + "]"
	case o.Without != "":
		return "[" + text + " [" + value + "]]"
	}
	return "[" + text + " " + value + "]"
}
