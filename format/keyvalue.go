package format

import (
	"bytes"
	"errors"
	"strings"

	"envelog/decoder/jsonstring"
	"envelog/phpvalue"
	"envelog/record"
)

// keyValueFormatter prints records in envelog's own format; the package comment has its grammar.
type keyValueFormatter struct {
	fieldPrinter
}

func newKeyValue(dates dates, o Options) (*keyValueFormatter, error) {
	if dates.record.holdsAny(func(r rune) bool { return r == ']' }) {
		return nil, errors.New("date format has a ] in it, which ends the date in the format keyvalue")
	}
	n := newNormalizer(houseStyle, dates, o)
	return &keyValueFormatter{fieldPrinter{values: n, key: appendKey, bare: isBareValue, asIs: true}}, nil
}

func (f *keyValueFormatter) Append(dst []byte, r *record.Record) []byte {
	f.values.begin(dst)
	dst = f.values.time(append(dst, '['), r)
	dst = f.text(append(dst, "] "...), r.Channel, channelShare, isBareChannel(r.Channel))
	dst = append(append(dst, '.'), r.Level.String()...)
	dst = f.text(append(dst, ": "...), r.Message, messageShare, isBareMessage(r.Message))
	dst = f.fields(dst, r.Context, "")
	dst = f.fields(dst, r.Extra, extraPrefix)
	return append(dst, '\n')
}

// isBareChannel reports whether a reader finds the end of the channel without quotes: at the last dot before the first
// colon.
func isBareChannel(s []byte) bool { return isBare(s) && bytes.IndexByte(s, ':') < 0 }

// appendKey appends the key of element, bare or quoted. A key of the context that looks like one of extra is quoted.
func appendKey(dst []byte, element phpvalue.Value, prefix string) []byte {
	dst = append(dst, prefix...)
	start := len(dst)
	dst = appendPlainKey(dst, element)
	key := dst[start:]
	if (element.HasPlainKey() && isBarePlain(key) || isBare(key)) && (prefix != "" || !bytes.HasPrefix(key, []byte(extraPrefix))) {
		return dst
	}
	return appendQuotedKey(dst[:start], string(key))
}

// appendQuotedKey appends key as a JSON string without a blank or "=", which stand as escapes.
func appendQuotedKey(dst []byte, key string) []byte {
	dst = append(dst, '"')
	for {
		i := strings.IndexAny(key, " =")
		if i < 0 {
			return append(appendEscaped(dst, []byte(key), allControls), '"')
		}
		dst = appendEscaped(dst, []byte(key[:i]), allControls)
		dst = jsonstring.AppendUnit(dst, rune(key[i]))
		key = key[i+1:]
	}
}
