package format

import (
	"strconv"

	"envelog/phpvalue"
	"envelog/record"
)

// jsonFormatter prints records as Monolog 3's JsonFormatter does.
type jsonFormatter struct {
	values      normalizer
	ignoreEmpty bool // leaves an empty context and extra out
}

func newJSON(dates dates, o Options) *jsonFormatter {
	n := newNormalizer(jsonStyle, dates, o)
	n.traces.include = o.Line.Stacktraces
	return &jsonFormatter{n, o.Line.IgnoreEmpty}
}

func (f *jsonFormatter) Append(dst []byte, r *record.Record) []byte {
	n := &f.values
	n.begin(dst)
	dst = append(dst, `{"message":`...)
	dst = n.message(dst, r.Message)
	dst = f.root(dst, `,"context":`, r.Context)
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
	dst = f.root(dst, `,"extra":`, r.Extra)
	return append(dst, "}\n"...)
}

// root appends the context or extra after its key.
func (f *jsonFormatter) root(dst []byte, key string, v phpvalue.Value) []byte {
	if f.ignoreEmpty && (v.Resolve().Kind() != phpvalue.Array || v.Resolve().Len() == 0) {
		return dst
	}
	return f.values.root(append(dst, key...), v, "{}")
}
