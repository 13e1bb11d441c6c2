package format

import (
	"strconv"

	"envelog/record"
)

// jsonFormatter prints records as Monolog 3's JsonFormatter does by default.
type jsonFormatter struct {
	values normalizer
}

func newJSON(dates dates, o Options) *jsonFormatter {
	return &jsonFormatter{newNormalizer(jsonStyle, dates, o)}
}

func (f *jsonFormatter) Append(dst []byte, r *record.Record) []byte {
	n := &f.values
	n.begin(dst)
	dst = append(dst, `{"message":`...)
	dst = n.message(dst, r.Message)
	dst = append(dst, `,"context":`...)
	dst = n.root(dst, r.Context, "{}")
	dst = append(dst, `,"level":`...)
	dst = strconv.AppendInt(dst, int64(r.Level), 10)
	dst = append(dst, `,"level_name":"`...)
	dst = append(dst, r.Level.String()...)
	dst = append(dst, `","channel":`...)
	dst = n.channel(dst, r.Channel)
	dst = append(dst, `,"datetime":"`...)
	start := len(dst)
	dst = n.time(dst, r)
	dst = closeQuoted(dst, start, asPHP)
	dst = append(dst, `,"extra":`...)
	dst = n.root(dst, r.Extra, "{}")
	return append(dst, "}\n"...)
}
