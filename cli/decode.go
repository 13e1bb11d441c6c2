package cli

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"envelog/decoder"
	"envelog/internal/config"
	"envelog/internal/usage"
)

const decodeHelp = `
One payload is read from the file, or from standard input: the field "message" of a stream entry,
a member of the set of delayed messages, or anything that is inside of those. What it is, is found
out layer by layer, down to the record:

    redis-cli --raw XRANGE messages - + COUNT 1 | tail -1 | envelog decode

What cannot be decoded makes exit code 1, with layer, byte and path; what was found before is
printed all the same. Kept messages are in <log-dir>/.rejected/:

    envelog decode var/log/.rejected/async_logging-1795423651867-0.message`

func decodeCommand() command {
	return command{
		name:      "decode",
		usage:     "Show what is in a stored message",
		arguments: "[<file>]",
		help:      decodeHelp,
		options:   slices.Concat(config.MapSetting(), config.LimitSettings()),
		run:       decode,
	}
}

func decode(ctx context.Context, in *input) error {
	lines := in.settings.Lines()
	if err := in.settings.Err(); err != nil {
		return err
	}
	payload, err := in.readPayload(strings.Join(in.args, ""), int64(lines.Limits.MaxBytes))
	if err != nil {
		return err
	}
	if len(bytes.TrimSpace(payload)) == 0 {
		return usage.Errorf("There is nothing to decode: standard input is empty, as after an XRANGE of an empty stream.")
	}
	return decoder.Describe(in.Stdout, payload, lines.Decoder(decoder.PHP, config.Messages{}))
}

// readPayload reads the file, or standard input for no file and for "-". It reads no more than one byte above most, so
// that the decoder can say that it is too much.
func (in *input) readPayload(path string, most int64) ([]byte, error) {
	from := in.Stdin
	if cmp.Or(path, "-") != "-" {
		file, err := os.Open(path)
		if err != nil {
			return nil, fmt.Errorf("read payload: %w", err)
		}
		defer func() { _ = file.Close() }()
		from = file
	}
	payload, err := io.ReadAll(io.LimitReader(from, most+1))
	if err != nil {
		return nil, fmt.Errorf("read payload: %w", err)
	}
	return payload, nil
}
