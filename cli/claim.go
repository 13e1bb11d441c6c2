package cli

import (
	"context"
	"fmt"
	"slices"

	"envelog/internal/config"
	"envelog/internal/transport/redis"
	"envelog/internal/usage"
)

const claimHelp = `
The claim command releases the pending messages of a consumer that died or will never come back:

    envelog claim --from web-7 async_logging

Workers of envelog that run claim them at once; when none runs, the next one that starts does. The
messages of a worker of envelog hardly ever need it: the others claim them within seconds of its
death. Those of a PHP worker would wait for redeliver_timeout, an hour.

It refuses a worker of envelog that is alive. Whether a PHP worker is alive cannot be known: messages
that it is still handling are then handled twice.`

func claimCommand() command {
	return command{
		name:      "claim",
		usage:     "Release the pending messages of a consumer that is gone",
		arguments: "[<transport>]",
		help:      claimHelp,
		options: slices.Concat(
			ownOptions(valued("from", "", "Name of the consumer that is gone")),
			config.DSNSetting(), config.FailureTransportSetting(), config.SerializerSetting(),
		),
		run: claim,
	}
}

func claim(ctx context.Context, in *input) error {
	if in.own.String("from") == "" {
		return usage.Errorf("Please name the consumer, with --from.")
	}
	if len(in.args) > 1 {
		return usage.Errorf("Please pass one transport.")
	}
	all, err := in.settings.Catalogue(in.args)
	if err != nil {
		return err
	}
	chosen, err := all.Choose(config.Selection{Arguments: in.lookedAt(in.args)})
	if err != nil {
		return err
	}
	t, err := all.Transport(chosen[0])
	if err != nil {
		return err
	}
	server, err := t.Redis()
	if err != nil {
		return err
	}
	entries, claimers, err := redis.Release(ctx, server, in.own.String("from"))
	if err != nil {
		return fmt.Errorf("transport %q: %w", t.Name, err)
	}
	in.Out.Success(released(in.own.String("from"), entries, claimers))
	return nil
}

func released(consumer string, entries, claimers int) string {
	switch {
	case entries == 0:
		return fmt.Sprintf("The consumer %q has no messages.", consumer)
	case claimers == 0:
		return fmt.Sprintf("The next worker that starts claims %s of the consumer %q.", messages(entries), consumer)
	}
	return fmt.Sprintf("The workers that run claim %s of the consumer %q.", messages(entries), consumer)
}
