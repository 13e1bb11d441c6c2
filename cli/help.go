package cli

import (
	"fmt"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"
)

func (s *session) helpCommand() *urfave.Command {
	return &urfave.Command{
		Name:        "help",
		Usage:       "Display help for a command",
		ArgsUsage:   "[<command>]",
		Description: "Without a command it gives the overview.",
		Action: func(c *urfave.Context) error {
			if !c.Args().Present() {
				return s.printOverview()
			}
			command, err := findCommand(s.commands(), c.Args().First())
			if err != nil {
				return err
			}
			s.printHelp(command)
			return nil
		},
	}
}

func (s *session) listCommand() *urfave.Command {
	return &urfave.Command{
		Name:        "list",
		Usage:       "List the commands",
		Description: "The overview that envelog alone gives, too.",
		Action:      func(*urfave.Context) error { return s.printOverview() },
	}
}

// runOverview is a command line without a command.
func (s *session) runOverview(tokens []string) error {
	if _, err := arrange(consoleFlags(), tokens); err != nil {
		return err
	}
	return s.printOverview()
}

func (s *session) printOverview() error {
	c := s.stdout
	c.printf("%s carries log messages from Symfony Messenger's Redis stream into files.\n\n", c.paint("32", programName))
	c.printf("%s\n  envelog <command> [options] [arguments]\n\n", c.paint("33", "Usage:"))
	c.printf("%s\n", c.paint("33", "Commands:"))
	for _, command := range s.commands() {
		c.printf("  %s  %s\n", c.paint("32", pad(command.Name, 26)), command.Usage)
	}
	c.printf("\nTry it without anything else:       envelog demo\n")
	c.printf("All options, defaults and units:    envelog help messenger:consume\n")
	return nil
}

// printHelp documents one command (Symfony TextDescriptor::describeCommand).
func (s *session) printHelp(command *urfave.Command) {
	c := s.stdout
	c.printf("%s\n  %s\n\n", c.paint("33", "Description:"), command.Usage)
	c.printf("%s\n  %s\n", c.paint("33", "Usage:"), strings.TrimSpace(command.Name+" [options] [--] "+command.ArgsUsage))
	for _, group := range groupsOf(command.Flags) {
		c.printf("\n%s\n", c.paint("33", group+":"))
		for _, f := range command.Flags {
			if categoryOf(f) == group {
				s.printFlag(f)
			}
		}
	}
	c.printf("\n%s\n", c.paint("33", "Help:"))
	for line := range strings.SplitSeq(strings.TrimSpace(command.Description), "\n") {
		c.printf("%s\n", strings.TrimRight("  "+line, " "))
	}
}

func groupsOf(flags []urfave.Flag) (groups []string) {
	for _, f := range flags {
		if group := categoryOf(f); !slices.Contains(groups, group) {
			groups = append(groups, group)
		}
	}
	return groups
}

// The column in which the descriptions of flags begin; a longer flag has it on the next line.
const flagColumn = 36

func (s *session) printFlag(f urfave.Flag) {
	c := s.stdout
	text := usageOf(f)
	if name := environmentName(f); name != "" {
		text += " [$" + name + "]"
	}
	left := spelling(f)
	c.printf("  %s", c.paint("32", pad(left, flagColumn-2)))
	if len(left) > flagColumn-4 {
		c.printf("\n%s", pad("", flagColumn))
	}
	lines := wrap(text, max(min(c.width, blockWidth)-flagColumn, 30))
	c.printf("%s\n", strings.Join(lines, "\n"+pad("", flagColumn)))
}

// spelling returns how a flag is written: -l, --limit=LIMIT.
func spelling(f urfave.Flag) string {
	names := f.Names()
	text := "    --" + names[0]
	if len(names) > 1 {
		text = "-" + names[1] + ", --" + names[0]
	}
	switch f.(type) {
	case *urfave.BoolFlag:
		return text
	case optionalValue:
		return text + "[=" + strings.ToUpper(names[0]) + "]"
	}
	return text + "=" + strings.ToUpper(names[0])
}

const severalNote = " (multiple values allowed)"

// usageOf returns the description of a flag with its default.
func usageOf(f urfave.Flag) string {
	switch f := f.(type) {
	case *urfave.StringFlag:
		if f.Value != "" {
			return fmt.Sprintf("%s [default: %s]", f.Usage, f.Value)
		}
		return f.Usage
	case *urfave.StringSliceFlag:
		return f.Usage + severalNote
	case paired:
		return f.Usage + severalNote
	case *urfave.BoolFlag:
		return f.Usage
	case optionalValue:
		return f.Usage
	}
	return ""
}

// usage returns the line below an error: how the command that failed is written. Symfony's options stand in it as in
// Symfony's own (InputDefinition::getSynopsis).
func (s *session) usage() string {
	if s.command == nil {
		return ""
	}
	parts := []string{s.command.Name}
	others, isSymfonys := false, strings.Contains(s.command.Name, ":")
	for _, f := range s.command.Flags {
		switch categoryOf(f) {
		case symfonyFlags:
			if !isSymfonys {
				others = true
				continue
			}
			parts = append(parts, synopsis(f))
		case commandFlags:
			parts = append(parts, synopsis(f))
		case globalFlags:
		default:
			others = true
		}
	}
	if others {
		parts = append(parts, "[options]")
	}
	if s.command.ArgsUsage != "" {
		parts = append(parts, "[--]", s.command.ArgsUsage)
	}
	return strings.Join(parts, " ")
}

func synopsis(f urfave.Flag) string {
	names := f.Names()
	text := "--" + names[0]
	if len(names) > 1 {
		text = "-" + names[1] + "|" + text
	}
	value := strings.ToUpper(names[0])
	switch f.(type) {
	case *urfave.BoolFlag:
		return "[" + text + "]"
	case optionalValue:
		return "[" + text + " [" + value + "]]"
	}
	return "[" + text + " " + value + "]"
}
