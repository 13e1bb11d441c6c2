package cli

import (
	"context"
	"fmt"
	"slices"

	"envelog/internal/config"
	"envelog/internal/usage"
)

const setupTransportsHelp = `
The messenger:setup-transports command setups the transports:

    envelog messenger:setup-transports

Or a specific transport only:

    envelog messenger:setup-transports <transport>

In Redis that is stream and group, in a database the table. What is there stays as it is.`

func setupTransportsCommand() command {
	return command{
		name:      "messenger:setup-transports",
		usage:     "Prepare the required infrastructure for the transport",
		arguments: "[<transport>]",
		help:      setupTransportsHelp,
		options:   slices.Concat(config.DSNSetting(), config.FailureTransportSetting(), config.SerializerSetting(), config.ZoneSetting()),
		run:       setupTransports,
	}
}

func setupTransports(ctx context.Context, in *input) error {
	all, err := in.settings.Catalogue(in.args)
	if err != nil {
		return err
	}
	names := all.Names()
	if len(in.args) == 1 {
		if name := in.args[0]; !slices.Contains(names, name) {
			return usage.Errorf(`The "%s" transport does not exist.`, name)
		}
		names = in.args
	}
	for _, name := range names {
		if err := setupTransport(ctx, all, name); err != nil {
			return fmt.Errorf(`An error occurred while setting up the "%s" transport: %w`, name, err) //nolint:staticcheck // Symfony's sentence
		}
		in.Out.Success(fmt.Sprintf(`The "%s" transport was set up successfully.`, name))
	}
	return nil
}

func setupTransport(ctx context.Context, all *config.Catalogue, name string) (err error) {
	storage, err := all.Open(name)
	if err != nil {
		return err
	}
	defer closeAfter(storage, &err)
	return storage.Setup(ctx)
}
