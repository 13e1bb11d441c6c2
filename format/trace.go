package format

import (
	"bytes"
	"regexp"
	"slices"
	"strconv"

	"envelog/phpvalue"
)

// traces says whether the text of an exception has its stack trace, and what stands before the lines of it.
type traces struct {
	include bool
	indent  string
}

// traceText appends what LineFormatter::stacktracesParser makes of a trace: its lines, with what Throwable::
// getTraceAsString() prints of each frame (php-src Zend/zend_exceptions.c, _build_trace_string).
func (n *normalizer) traceText(dst []byte, trace phpvalue.Value) []byte {
	dst = append(append(append(dst, '\n'), n.traces.indent...), "[stacktrace]\n"...)
	dst = append(dst, n.traces.indent...)
	number := 0
	for it := trace.Children(); it.Next() && n.step(dst); {
		frame := it.Value().Resolve()
		if frame.Kind() != phpvalue.Array {
			continue
		}
		dst = n.frame(appendFrameNumber(dst, number), frame)
		dst = append(append(dst, '\n'), n.traces.indent...)
		number++
	}
	return append(appendFrameNumber(dst, number), "{main}\n"...)
}

// traceList appends what NormalizerFormatter::normalizeException makes of a trace: the file and line of each frame, or what
// was called where PHP itself has called it; no member where there is no frame.
func (n *normalizer) traceList(dst []byte, trace phpvalue.Value) []byte {
	before := `,"trace":[`
	for it := trace.Children(); it.Next() && n.step(dst); {
		frame := it.Value().Resolve()
		if frame.Kind() != phpvalue.Array {
			continue
		}
		dst = append(dst, before...)
		start := len(dst)
		dst = n.closeText(n.frameText(append(dst, '"'), frame), start)
		before = ","
	}
	if before == "," {
		dst = append(dst, ']')
	}
	return dst
}

// frameText appends a frame as normalizeException names it, without quotes or escapes.
func (n *normalizer) frameText(dst []byte, frame phpvalue.Value) []byte {
	if file := frame.Element("file").Resolve(); file.Kind() == phpvalue.String {
		dst = append(n.raw(dst, file.Text()), ':')
		return strconv.AppendInt(dst, intOrZero(frame.Element("line").Resolve()), 10)
	}
	return append(n.raw(append(dst, "internal["...), internalCall(frame)), "]:0"...)
}

// internalCall names what a frame without a file has called. A closure is named after where it is declared.
func internalCall(frame phpvalue.Value) []byte {
	call := textOrNone(frame.Element("function").Resolve())
	if class := textOrNone(frame.Element("class").Resolve()); class != nil && !bytes.HasPrefix(call, []byte("{closure:")) {
		if bytes.HasSuffix(call, []byte(`\{closure}`)) {
			call = []byte("{closure}")
		}
		if before, _, anonymous := bytes.Cut(class, []byte("@anonymous\x00")); anonymous {
			class = append(bytes.Clone(before), "@anonymous"...)
		}
		kind := textOrNone(frame.Element("type").Resolve())
		if kind == nil {
			kind = []byte("::")
		}
		call = slices.Concat(class, kind, call)
	}
	return anonymousPlace.ReplaceAll(call, []byte("@anonymous$1"))
}

// anonymousPlace is where an anonymous class is declared, which its name has after NUL.
var anonymousPlace = regexp.MustCompile(`(?s)@anonymous\x00.*?\$[0-9a-f]+(::|$)`)

// textOrNone returns the bytes of a string, nil for anything else.
func textOrNone(v phpvalue.Value) []byte {
	if v.Kind() != phpvalue.String {
		return nil
	}
	return v.Text()
}

func appendFrameNumber(dst []byte, number int) []byte {
	return append(strconv.AppendInt(append(dst, '#'), int64(number), 10), ' ')
}

func (n *normalizer) frame(dst []byte, frame phpvalue.Value) []byte {
	switch file := frame.Element("file").Resolve(); file.Kind() {
	case phpvalue.Invalid:
		dst = append(dst, "[internal function]: "...)
	case phpvalue.String:
		dst = append(n.raw(dst, file.Text()), '(')
		dst = strconv.AppendInt(dst, intOrZero(frame.Element("line").Resolve()), 10)
		dst = append(dst, "): "...)
	default:
		dst = append(dst, "[unknown file]: "...)
	}
	for _, part := range [...]string{"class", "type", "function"} {
		dst = n.framePart(dst, frame.Element(part).Resolve())
	}
	return append(n.frameArguments(append(dst, '('), frame.Element("args").Resolve()), ')')
}

func (n *normalizer) framePart(dst []byte, part phpvalue.Value) []byte {
	switch part.Kind() {
	case phpvalue.Invalid:
		return dst
	case phpvalue.String:
		return n.raw(dst, part.Text())
	}
	return append(dst, "[unknown]"...)
}

func (n *normalizer) frameArguments(dst []byte, arguments phpvalue.Value) []byte {
	if arguments.Kind() != phpvalue.Array {
		return dst
	}
	start := len(dst)
	for it := arguments.Children(); it.Next() && n.step(dst); {
		argument := it.Value()
		if len(dst) > start {
			dst = append(dst, ", "...)
		}
		if argument.KeyKind() == phpvalue.TextKey {
			dst = append(n.raw(dst, argument.TextKey()), ": "...)
		}
		dst = appendArgument(dst, argument.Resolve())
	}
	return dst
}

// appendArgument appends an argument as a trace shows it. Of a string there is nothing but that there was one, as with
// zend.exception_string_param_max_len = 0 of php.ini-production: how much a trace shows depends on the setting of the
// process that prints it, and arguments are where secrets stand.
func appendArgument(dst []byte, v phpvalue.Value) []byte {
	switch v.Kind() {
	case phpvalue.Null, phpvalue.Invalid:
		return append(dst, "NULL"...)
	case phpvalue.Float:
		return appendArgumentFloat(dst, v.Float())
	case phpvalue.String:
		if len(v.Text()) == 0 {
			return append(dst, "''"...)
		}
		return append(dst, "'...'"...)
	case phpvalue.Array:
		return append(dst, "Array"...)
	case phpvalue.Enum:
		return appendEnum(dst, v)
	case phpvalue.Object, phpvalue.Custom:
		return append(append(append(dst, "Object("...), className(v)...), ')')
	}
	return appendScalar(dst, v)
}

// appendArgumentFloat appends f as (string) does, except for the one spelling in which PHP differs from Monolog.
func appendArgumentFloat(dst []byte, f float64) []byte {
	if f != f { //nolint:gocritic // NaN
		return append(dst, "NAN"...)
	}
	return appendCastFloat(dst, f)
}
