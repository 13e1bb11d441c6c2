package metrics

import (
	"errors"
	"io"

	"envelog/consumer"
	"envelog/decoder"
)

// The reasons why an attempt failed, as values of the label reason.
const (
	reasonFile        = "file"           // its file cannot be written
	reasonTooLarge    = "too_large"      // beyond max-message-bytes, max-depth or max-elements
	reasonTruncated   = "truncated"      // its bytes end too early
	reasonNoEnvelope  = "no_envelope"    // no message of Messenger
	reasonFormat      = "format"         // a format that is not read, such as XML
	reasonClass       = "class"          // a message of another class
	reasonNoLogRecord = "not_log_record" // no channel, level or message where they are looked for
	reasonCorrupt     = "corrupt"        // bytes that neither PHP nor Symfony writes
	reasonOther       = "other"
)

func reasons() []string {
	return []string{
		reasonFile, reasonTooLarge, reasonTruncated, reasonNoEnvelope, reasonFormat, reasonClass, reasonNoLogRecord,
		reasonCorrupt, reasonOther,
	}
}

func reasonOf(f consumer.Failure) string {
	if f.Passing {
		return reasonFile
	}
	for _, class := range []struct {
		err    error
		reason string
	}{
		{decoder.ErrLimit, reasonTooLarge},
		{io.ErrUnexpectedEOF, reasonTruncated},
		{decoder.ErrNotEnvelope, reasonNoEnvelope},
		{decoder.ErrUnsupported, reasonFormat},
		{decoder.ErrUnknownClass, reasonClass},
		{decoder.ErrUnmappable, reasonNoLogRecord},
		{decoder.ErrCorrupt, reasonCorrupt},
	} {
		if errors.Is(f.Err, class.err) {
			return class.reason
		}
	}
	return reasonOther
}
