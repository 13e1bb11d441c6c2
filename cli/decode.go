package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"

	urfave "github.com/urfave/cli/v2"

	"envelog/decoder"
)

const decodeHelp = `
One payload is read from the file, or from standard input: the field "message" of a stream entry,
a member of the set of delayed messages, or anything that is inside of those. What it is, is found
out layer by layer, down to the record:

    redis-cli --raw XRANGE messages - + COUNT 1 | tail -1 | envelog decode

What cannot be decoded makes exit code 1, with layer, byte and path; what was found before is
printed all the same. Kept messages are in <log-dir>/.rejected/:

    envelog decode var/log/.rejected/async_logging-1795423651867-0.message`

func (s *session) decodeCommand() *urfave.Command {
	return &urfave.Command{
		Name:        "decode",
		Usage:       "Show what is in a stored message",
		ArgsUsage:   "[<file>]",
		Description: decodeHelp,
		Flags: append([]urfave.Flag{
			pairs(lineFlags, "map", "Take a field of the record from another property of the message, as level=severity"),
		}, boundFlags()...),
		Action: s.decode,
	}
}

func (s *session) decode(c *urfave.Context) error {
	if c.NArg() > 1 {
		return complain(`Too many arguments to "decode" command, expected arguments "file".`)
	}
	r := s.reader(c)
	record := r.recordOptions()
	if len(r.errs) > 0 {
		return errors.Join(r.errs...)
	}
	payload, err := s.readPayload(c.Args().First(), int64(record.maxBytes))
	if err != nil {
		return err
	}
	return decoder.Describe(s.Stdout, payload, record.decoderOptions(decoder.PHP))
}

// readPayload reads the file, or standard input for no file and for "-". It reads no more than one byte above most, so
// that the decoder can say that it is too much.
func (s *session) readPayload(path string, most int64) ([]byte, error) {
	in := s.Stdin
	if cmp.Or(path, "-") != "-" {
		file, err := os.Open(path)
		if err != nil {
			return nil, fmt.Errorf("read payload: %w", err)
		}
		defer func() { _ = file.Close() }()
		in = file
	}
	payload, err := io.ReadAll(io.LimitReader(in, most+1))
	if err != nil {
		return nil, fmt.Errorf("read payload: %w", err)
	}
	return payload, nil
}
