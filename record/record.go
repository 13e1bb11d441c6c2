// Package record has the type of a decoded log record, which is all that a formatter knows of a message. It imports only
// phpvalue of envelog.
package record

import (
	"time"

	"envelog/phpvalue"
)

// Record is one log record, in Monolog's terms. Byte slices and values are views into the decoder's memory: they are
// valid until the decoder is given the next entry, and must not be changed.
type Record struct {
	Channel []byte         // Monolog's channel; any bytes, never trusted as a file name
	Level   Level          // Monolog's level
	Message []byte         // any bytes, not always UTF-8
	Context phpvalue.Value // an Array; does not exist when the message has none
	Extra   phpvalue.Value // an Array; does not exist when the message has none
	Time    time.Time      // when it was logged, in the record's own zone, with microseconds

	WholeSeconds bool // the logger prints no microseconds (use_microseconds: false), as Monolog's own date class says
}
