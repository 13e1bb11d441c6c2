package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"envelog/decoder"
	"envelog/format"
	"envelog/internal/transport"
	"envelog/record"
)

const peekHelp = `
It prints the messages that wait on a transport, the next one first, as the lines that
messenger:consume would write, and touches nothing: no message is read as a consumer, acknowledged
or counted, and no group is made.

    envelog peek async_logging --count=3 --format=json

What could not be decoded is said on standard error, with the message's id.`

func (s *session) peekCommand() *urfave.Command {
	return &urfave.Command{
		Name:        "peek",
		Usage:       "Show the next messages as lines, without touching them",
		ArgsUsage:   "[<transport>]",
		Description: peekHelp,
		Flags: slices.Concat([]urfave.Flag{
			valued(commandFlags, "count", "", "10", "Messages to show at most"),
			dsnFlag(), classFlag(), serializerFlag(),
		}, recordFlags(), boundFlags()),
		Action: s.peek,
	}
}

func (s *session) peek(c *urfave.Context) (err error) {
	if c.NArg() > 1 {
		return complain(`Too many arguments to "peek" command, expected arguments "transport".`)
	}
	r := s.reader(c)
	count, options := read(r, "count", positiveInteger), r.recordOptions()
	all, transports := r.transports(s)
	if err := errors.Join(r.errs...); err != nil {
		return err
	}
	storage, err := s.storage(all, transports[0].name)
	if err != nil {
		return err
	}
	defer closeAfter(storage, &err)
	formatter, err := format.New(options.format, format.Options{LineFormat: options.lineFormat, DateFormat: options.dateFormat})
	if err != nil {
		return fmt.Errorf("configure format: %w", err)
	}
	decoding := options.decoderOptions(decoder.None)
	if len(decoding.Classes) == 0 {
		decoding.Classes = transports[0].classes
	}
	d, err := decoder.New(decoding)
	if err != nil {
		return err
	}
	return s.printLines(c.Context, storage, count, d, formatter)
}

func (s *session) printLines(ctx context.Context, from transport.Storage, count int, d *decoder.Decoder, formatter format.Formatter) error {
	var line []byte
	for m, err := range from.All(ctx, count) {
		if err != nil {
			return err
		}
		var r record.Record
		if err := d.Decode(entryOf(m), &r); err != nil {
			s.stderr.line("%s: %s", printable(m.ID), printable(err.Error()))
			continue
		}
		line = formatter.Append(line[:0], &r)
		s.stdout.line("%s", s.stdout.shown(strings.TrimSuffix(string(line), "\n")))
	}
	return nil
}
