package format

import (
	"strconv"

	"envelog/phpvalue"
)

// throwable is what an Exception or Error tells about itself by its getters; references are resolved.
type throwable struct {
	is                                         bool
	message, code, file, line, previous, trace phpvalue.Value
}

// add takes a property with a mangled name into t, if it is one of PHP's own base classes Exception and Error. Only
// those have private properties of theirs, so these make an object a throwable.
func (t *throwable) add(name []byte, value phpvalue.Value) {
	switch string(name) {
	case "\x00*\x00message":
		t.message = value
	case "\x00*\x00code":
		t.code = value
	case "\x00*\x00file":
		t.file = value
	case "\x00*\x00line":
		t.line = value
	case "\x00Exception\x00trace", "\x00Error\x00trace":
		t.is = true
		t.trace = value
	case "\x00Exception\x00previous", "\x00Error\x00previous":
		t.is = true
		t.previous = value
	}
}

// previous returns the exception before t; it does not exist if there isn't one, or no room to print it. It may serialize
// itself in a way that nobody here knows: then it is an object, and its throwable is empty.
func (n *normalizer) previous(dst []byte, t throwable) (phpvalue.Value, throwable) {
	if k := t.previous.Kind(); k != phpvalue.Object && k != phpvalue.Custom || !n.hasRoom(dst, 0) {
		return phpvalue.Value{}, throwable{}
	}
	return t.previous, n.inspect(t.previous).throwable
}

// exceptionText appends what LineFormatter::normalizeException makes of v, without quotes or escapes: the exception and
// those before it.
func (n *normalizer) exceptionText(dst []byte, v phpvalue.Value, t throwable, depth int) []byte {
	dst = n.oneExceptionText(dst, v, t)
	for v, t = n.previous(dst, t); v.Exists(); v, t = n.previous(dst, t) {
		dst = append(dst, "\n[previous exception] "...)
		if depth++; depth > maxDepth {
			return append(dst, tooDeep...)
		}
		dst = n.oneExceptionText(dst, v, t)
	}
	return dst
}

func (n *normalizer) oneExceptionText(dst []byte, v phpvalue.Value, t throwable) []byte {
	dst = append(dst, "[object] ("...)
	dst = n.raw(dst, v.Text())
	if !t.is {
		return append(dst, ')')
	}
	dst = append(dst, "(code: "...)
	dst = n.appendCode(dst, t.code)
	dst = n.faultText(dst, faultOf(v))
	dst = append(dst, "): "...)
	dst = n.appendCast(dst, t.message)
	dst = append(dst, " at "...)
	dst = append(n.fileAndLine(dst, t), ')')
	if n.traces.include && t.trace.Kind() == phpvalue.Array {
		dst = n.traceText(dst, t.trace)
	}
	return dst
}

func (n *normalizer) fileAndLine(dst []byte, t throwable) []byte {
	dst = append(n.appendCast(dst, t.file), ':')
	return n.appendCast(dst, t.line)
}

// exceptionObject appends what JsonFormatter::normalizeException makes of v: an object that holds the previous one.
func (n *normalizer) exceptionObject(dst []byte, v phpvalue.Value, t throwable, depth int) []byte {
	if depth > maxDepth {
		return append(append(append(dst, `["`...), tooDeep...), `"]`...)
	}
	dst = n.text(append(dst, `{"class":`...), v.Text())
	if !t.is {
		return append(dst, '}')
	}
	dst = append(dst, `,"message":`...)
	start := len(dst)
	dst = n.closeText(n.appendCast(append(dst, '"'), t.message), start)
	dst = append(dst, `,"code":`...)
	dst = strconv.AppendInt(dst, intOrZero(t.code), 10)
	dst = append(dst, `,"file":`...)
	start = len(dst)
	dst = n.closeText(n.fileAndLine(append(dst, '"'), t), start)
	dst = n.faultMembers(dst, faultOf(v))
	if n.traces.include && t.trace.Kind() == phpvalue.Array {
		dst = n.traceList(dst, t.trace)
	}
	if previous, t := n.previous(dst, t); previous.Exists() {
		dst = append(dst, `,"previous":`...)
		dst = n.exceptionObject(dst, previous, t, depth+1)
	}
	return append(dst, '}')
}

// appendCode appends the code of an exception. One that is no int, such as the SQLSTATE of a PDOException, is lost when
// PHP unserializes it (php-src Zend/zend_exceptions.c, Exception::__wakeup), so Monolog has none to print.
func (n *normalizer) appendCode(dst []byte, code phpvalue.Value) []byte {
	if n.style != houseStyle && code.Kind() != phpvalue.Int {
		return dst
	}
	return n.appendCast(dst, code)
}

func intOrZero(v phpvalue.Value) int64 {
	if v.Kind() != phpvalue.Int {
		return 0
	}
	return v.Int()
}

// raw appends s as it is, if there is room for it.
func (n *normalizer) raw(dst, s []byte) []byte {
	if !n.hasRoom(dst, len(s)) {
		return append(dst, n.tooLong...)
	}
	return append(dst, s...)
}

// appendCast appends v as PHP's (string) does; what has no text, nothing.
func (n *normalizer) appendCast(dst []byte, v phpvalue.Value) []byte {
	switch v.Kind() {
	case phpvalue.String:
		return n.raw(dst, v.Text())
	case phpvalue.Int:
		return strconv.AppendInt(dst, v.Int(), 10)
	}
	return dst
}
