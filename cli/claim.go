package cli

import (
	"fmt"

	urfave "github.com/urfave/cli/v2"

	"envelog/internal/transport/redis"
)

const claimHelp = `
The claim command gives away the messages that a consumer has in hand, and that died or will never
come back:

    envelog claim --from web-7 async_logging

The workers of envelog that run take them over at once, or else the next one that starts does. For
workers of envelog it is hardly ever needed: they see by themselves, within seconds, that another one
died. A message of a PHP worker would come after redeliver_timeout, an hour.

It refuses a worker of envelog that is alive. Of a PHP worker nobody can tell: messages that one still
handles are then handled twice.`

func (s *session) claimCommand() *urfave.Command {
	return &urfave.Command{
		Name:        "claim",
		Usage:       "Give away the messages of a consumer that is gone",
		ArgsUsage:   "[<transport>]",
		Description: claimHelp,
		Flags: []urfave.Flag{
			valued(commandFlags, "from", "", "", "Name of the consumer that is gone"),
			dsnFlag(), failureTransportFlag(), serializerFlag(),
		},
		Action: s.claim,
	}
}

func (s *session) claim(c *urfave.Context) error {
	if c.String("from") == "" {
		return complain("Please name the consumer, with --from.")
	}
	if c.NArg() > 1 {
		return complain("Please pass one transport.")
	}
	all, err := s.reader(c).catalogue(s)
	if err != nil {
		return err
	}
	chosen, err := all.choose(selection{arguments: c.Args().Slice()})
	if err != nil {
		return err
	}
	t, err := all.settings(chosen[0])
	if err != nil {
		return err
	}
	config, err := t.config()
	if err != nil {
		return err
	}
	entries, heirs, err := redis.GiveAway(c.Context, config, c.String("from"))
	if err != nil {
		return fmt.Errorf("transport %q: %w", t.name, err)
	}
	s.stdout.success(givenAway(c.String("from"), entries, heirs))
	return nil
}

func givenAway(consumer string, entries, heirs int) string {
	switch {
	case entries == 0:
		return fmt.Sprintf("The consumer %q has no messages.", consumer)
	case heirs == 0:
		return fmt.Sprintf("The next worker that starts takes over %d messages of the consumer %q.", entries, consumer)
	}
	return fmt.Sprintf("The workers that run take over %d messages of the consumer %q.", entries, consumer)
}
