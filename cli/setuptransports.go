package cli

import (
	"context"
	"fmt"
	"slices"

	urfave "github.com/urfave/cli/v2"
)

const setupTransportsHelp = `
The messenger:setup-transports command setups the transports:

    envelog messenger:setup-transports

Or a specific transport only:

    envelog messenger:setup-transports <transport>

In Redis that is stream and group, in a database the table. What is there stays as it is.`

func (s *session) setupTransportsCommand() *urfave.Command {
	return &urfave.Command{
		Name:        "messenger:setup-transports",
		Usage:       "Prepare the required infrastructure for the transport",
		ArgsUsage:   "[<transport>]",
		Description: setupTransportsHelp,
		Flags:       []urfave.Flag{dsnFlag(), failureTransportFlag(), serializerFlag(), zoneFlag()},
		Action:      s.setupTransports,
	}
}

func (s *session) setupTransports(c *urfave.Context) error {
	if c.NArg() > 1 {
		return complain(`Too many arguments to "messenger:setup-transports" command, expected arguments "transport".`)
	}
	all, err := s.reader(c).catalogue(s)
	if err != nil {
		return err
	}
	names := all.all()
	if c.NArg() == 1 {
		if name := c.Args().First(); !slices.Contains(names, name) {
			return complain(`The "%s" transport does not exist.`, name)
		}
		names = c.Args().Slice()
	}
	for _, name := range names {
		if err := s.setupTransport(c.Context, all, name); err != nil {
			return fmt.Errorf(`An error occurred while setting up the "%s" transport: %w`, name, err) //nolint:staticcheck // Symfony's sentence
		}
		s.stdout.success(fmt.Sprintf(`The "%s" transport was set up successfully.`, name))
	}
	return nil
}

func (s *session) setupTransport(ctx context.Context, all *catalogue, name string) (err error) {
	storage, err := s.storage(all, name)
	if err != nil {
		return err
	}
	defer closeAfter(storage, &err)
	return storage.Setup(ctx)
}
