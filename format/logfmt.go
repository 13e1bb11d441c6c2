package format

import (
	"envelog/phpvalue"
	"envelog/record"
)

// logfmtFormatter prints records as logfmt, for readers such as go-logfmt and Loki's.
type logfmtFormatter struct {
	fieldPrinter
}

func newLogfmt(dates dates, o Options) *logfmtFormatter {
	n := newNormalizer(houseStyle, dates, o)
	return &logfmtFormatter{fieldPrinter{values: n, key: appendLogfmtKey, bare: isBare, quoted: true}}
}

func (f *logfmtFormatter) Append(dst []byte, r *record.Record) []byte {
	f.values.begin(dst)
	dst = f.time(append(dst, "ts="...), r)
	dst = appendLowerCase(append(dst, " level="...), r.Level.String())
	dst = f.text(append(dst, " channel="...), r.Channel, channelShare, isBare(r.Channel))
	dst = f.text(append(dst, " msg="...), r.Message, messageShare, isBare(r.Message))
	dst = f.fields(dst, r.Context, "")
	dst = f.fields(dst, r.Extra, extraPrefix)
	return append(dst, '\n')
}

// time appends the time of r, in quotes if its format has a blank or the like in it.
func (f *logfmtFormatter) time(dst []byte, r *record.Record) []byte {
	start := len(dst)
	dst = f.values.time(append(dst, '"'), r)
	if !isBare(dst[start+1:]) {
		return closeQuoted(dst, start+1, allControls)
	}
	return append(dst[:start], dst[start+1:]...)
}

// appendLowerCase appends the name of a level as PSR-3 spells it.
func appendLowerCase(dst []byte, name string) []byte {
	for i := range len(name) {
		dst = append(dst, name[i]|0x20)
	}
	return dst
}

// appendLogfmtKey appends the key of element with "_" for each byte that readers do not take in a key. A key of the
// context that one of the line's own fields has becomes context.key.
func appendLogfmtKey(dst []byte, element phpvalue.Value, prefix string) []byte {
	dst = append(dst, prefix...)
	start := len(dst)
	dst = appendPlainKey(dst, element)
	for i := start; i < len(dst); i++ {
		if !isKeyByte(dst[i]) {
			dst[i] = '_'
		}
	}
	switch string(dst[start:]) {
	case "":
		return append(dst, '_')
	case "ts", "level", "channel", "msg":
		if prefix == "" {
			return append(append(dst[:start], "context."...), element.TextKey()...)
		}
	}
	return dst
}

func isKeyByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '.'
}
