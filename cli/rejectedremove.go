package cli

import (
	"context"
	"fmt"
	"slices"

	"envelog/internal/config"
	"envelog/internal/quantity"
	"envelog/internal/usage"
)

const rejectedRemoveHelp = `
The rejected:remove command removes messages that are kept below <log-dir>/.rejected/, for good:

    envelog rejected:remove {name1} [{name2} ...]
    envelog rejected:remove --transport=async_logging --reason='corrupt data'
    envelog rejected:remove --all

The names come from rejected:list. A name that is not there makes exit code 1; the others are removed
all the same.`

func rejectedRemoveCommand() command {
	return command{
		name:      "rejected:remove",
		usage:     "Remove messages that are kept below <log-dir>/.rejected",
		arguments: "[<name>...]",
		help:      rejectedRemoveHelp,
		options: slices.Concat(rejectedOptions(
			option("all", "", "Remove all of them"),
			option("force", "", "Force the operation without confirmation"),
		), config.LogDirSetting()),
		run: rejectedRemove,
	}
}

// mustBeMeant refuses to take nothing for all.
func (s rejectedSelection) mustBeMeant(all bool) error {
	switch {
	case all && !s.isAll():
		return usage.Errorf(`You cannot specify names, --transport or --reason when using the "--all" option.`)
	case !all && s.isAll():
		return usage.Errorf(`Please specify at least one name, --transport or --reason. For all messages, use the "--all" option.`)
	}
	return nil
}

func rejectedRemove(ctx context.Context, in *input) error {
	s := in.rejectedSelection()
	if err := s.mustBeMeant(in.own.Bool("all")); err != nil {
		return err
	}
	chosen, err := in.rejected(s)
	if len(chosen) == 0 {
		if err == nil {
			in.Out.Success("No rejected messages were found.")
		}
		return err
	}
	if !in.own.Bool("force") {
		sure, askErr := in.Confirm(ctx, fmt.Sprintf("Do you want to permanently remove %s?", messages(len(chosen))), false)
		if askErr != nil || !sure {
			return askErr
		}
	}
	removed := 0
	for _, r := range chosen {
		if removeErr := r.Remove(); removeErr != nil {
			err = errTold
			in.Err.Problem(removeErr.Error())
			continue
		}
		removed++
	}
	in.Err.Note(fmt.Sprintf("%s removed.", messages(removed)))
	return err
}

// messages counts messages in words.
func messages(n int) string { return quantity.Count(n, "message", "messages") }
