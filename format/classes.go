package format

import (
	"encoding/hex"

	"envelog/phpvalue"
)

// knownClass is one row of the table of classes: what Monolog gets from an object by running the code of its class, where
// all of that is in the object's bytes.
//
// A class is added with one row and one recording: write a case for it in fixtures/recorder/app/src/Recorder/Cases/
// KnownClasses.php, record the fixtures again, and name the case in the row. TestKnownClasses compares what is printed with
// what Monolog printed for the recording, and checks that there is one for each row.
//
// Classes are known by their names, without subclasses: any class can have properties of these names.
type knownClass struct {
	classes   []string // the names of the classes, without namespace
	namespace string   // of them all, with the backslash at its end
	recording string   // the case of the fixtures that shows them

	// text appends what __toString() returns, and reports whether the object has all that is needed for it.
	text func(n *normalizer, dst []byte, v phpvalue.Value) ([]byte, bool)
	// serializable says that the class is JsonSerializable, and its jsonSerialize() returns the text.
	serializable bool
	// json appends what jsonSerialize() returns as JSON, for a class where that is no text.
	json func(n *normalizer, dst []byte, v phpvalue.Value) ([]byte, bool)
}

// classTable returns the rows.
func classTable() []knownClass {
	return []knownClass{
		{namespace: `Symfony\Component\Uid\`, classes: []string{"Uuid", "UuidV1", "UuidV3", "UuidV4", "UuidV5", "UuidV6", "UuidV7", "UuidV8", "NilUuid", "MaxUuid"},
			text: textOf("\x00*\x00uid"), serializable: true, recording: "known-uuid"},
		{namespace: `Symfony\Component\Uid\`, classes: []string{"Ulid", "NilUlid", "MaxUlid"},
			text: textOf("\x00*\x00uid"), serializable: true, recording: "known-ulid"},
		{namespace: `Ramsey\Uuid\`, classes: []string{`Lazy\LazyUuidFromString`},
			text: textOf("string"), serializable: true, recording: "known-ramsey-uuid"},
		{namespace: `Ramsey\Uuid\`, classes: []string{"Uuid", `Rfc4122\UuidV1`, `Rfc4122\UuidV2`, `Rfc4122\UuidV3`, `Rfc4122\UuidV4`, `Rfc4122\UuidV5`, `Rfc4122\UuidV6`,
			`Rfc4122\UuidV7`, `Rfc4122\UuidV8`, `Rfc4122\NilUuid`, `Rfc4122\MaxUuid`, `Nonstandard\Uuid`, `Nonstandard\UuidV6`},
			text: uuidOfBytes("bytes"), serializable: true, recording: "known-ramsey-uuid"},
		{namespace: `Symfony\Component\String\`, classes: []string{"UnicodeString", "CodePointString", "ByteString"},
			text: symfonyString, serializable: true, recording: "known-string"},
		{namespace: `Symfony\Component\String\`, classes: []string{"LazyString"},
			text: lazyString, serializable: true, recording: "known-string"},
		{namespace: `GuzzleHttp\Psr7\`, classes: []string{"Uri"},
			text: guzzleURI, serializable: true, recording: "known-guzzle-uri"},
		{namespace: `Nyholm\Psr7\`, classes: []string{"Uri"},
			text: nyholmURI, recording: "known-nyholm-uri"},
		{namespace: `Symfony\Component\Validator\`, classes: []string{"ConstraintViolationList"},
			text: violationList, recording: "known-violations"},
		{namespace: `Symfony\Component\Validator\`, classes: []string{"ConstraintViolation"},
			text: violation, recording: "known-violations"},
		{namespace: `Symfony\Component\ErrorHandler\Exception\`, classes: []string{"SilencedErrorContext"},
			json: silencedError, recording: "known-silenced-error"},
	}
}

// classIndex returns the rows by the full names of their classes.
func classIndex() map[string]*knownClass {
	index := make(map[string]*knownClass)
	for _, row := range classTable() {
		for _, class := range row.classes {
			index[row.namespace+class] = &row
		}
	}
	return index
}

// known returns the row of the class of v, or nil.
func (n *normalizer) known(v phpvalue.Value) *knownClass {
	if v.Kind() != phpvalue.Object {
		return nil
	}
	return n.classes[string(v.Text())]
}

// appendKnown appends v, of a known class, as JSON, and reports whether it could: as its text, or as what its
// jsonSerialize() returns. Inside of an object that json_encode() prints, texts count only if jsonSerialize() returns them.
func (n *normalizer) appendKnown(dst []byte, v phpvalue.Value, nested bool) ([]byte, bool) {
	class := n.known(v)
	switch {
	case class == nil:
		return dst, false
	case class.json != nil:
		return class.json(n, dst, v)
	case nested && !class.serializable:
		return dst, false
	}
	start := len(dst)
	line, ok := class.text(n, append(dst, '"'), v)
	if !ok {
		return line[:start], false
	}
	return n.closeText(line, start), true
}

// textOf returns the text of a class whose text is that of one property, by its mangled name.
func textOf(property string) func(*normalizer, []byte, phpvalue.Value) ([]byte, bool) {
	return func(n *normalizer, dst []byte, v phpvalue.Value) ([]byte, bool) {
		return n.appendProperty(dst, v, property)
	}
}

// appendProperty appends the text of the property of v with this mangled name, and reports whether it is a string.
func (n *normalizer) appendProperty(dst []byte, v phpvalue.Value, property string) ([]byte, bool) {
	text := v.Element(property).Resolve()
	if text.Kind() != phpvalue.String {
		return dst, false
	}
	return n.raw(dst, text.Text()), true
}

// uuidOfBytes returns the text of a uuid whose sixteen bytes are a property, or its text, as later releases have it.
func uuidOfBytes(property string) func(*normalizer, []byte, phpvalue.Value) ([]byte, bool) {
	return func(_ *normalizer, dst []byte, v phpvalue.Value) ([]byte, bool) {
		value := v.Element(property).Resolve()
		switch {
		case value.Kind() != phpvalue.String:
			return dst, false
		case len(value.Text()) == len("00000000-0000-0000-0000-000000000000"):
			return append(dst, value.Text()...), true
		case len(value.Text()) != 16:
			return dst, false
		}
		for i := range value.Text() {
			if i == 4 || i == 6 || i == 8 || i == 10 {
				dst = append(dst, '-')
			}
			dst = hex.AppendEncode(dst, value.Text()[i:i+1])
		}
		return dst, true
	}
}

// symfonyString returns the text of a string of symfony/string, which 7.4 serializes itself, under a plain name.
func symfonyString(n *normalizer, dst []byte, v phpvalue.Value) ([]byte, bool) {
	if line, ok := n.appendProperty(dst, v, "\x00*\x00string"); ok {
		return line, true
	}
	return n.appendProperty(dst, v, "string")
}

func lazyString(n *normalizer, dst []byte, v phpvalue.Value) ([]byte, bool) {
	if line, ok := n.appendProperty(dst, v, "\x00Symfony\\Component\\String\\LazyString\x00value"); ok {
		return line, true
	}
	return n.appendProperty(dst, v, "value")
}

// silencedError appends what SilencedErrorContext::jsonSerialize() returns.
func silencedError(n *normalizer, dst []byte, v phpvalue.Value) ([]byte, bool) {
	const private = "\x00Symfony\\Component\\ErrorHandler\\Exception\\SilencedErrorContext\x00"
	if v.Element(private+"severity").Resolve().Kind() != phpvalue.Int {
		return dst, false
	}
	dst = append(dst, '{')
	for i, name := range [...]string{"severity", "file", "line", "trace", "count"} {
		property := v.Element(private + name)
		if name == "count" {
			property = v.Element(name)
		}
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(append(append(dst, '"'), name...), `":`...)
		dst = n.plainJSON(dst, property.Resolve())
	}
	return append(dst, '}'), true
}

// plainJSON appends v as json_encode() prints it, without the way through json_decode() that LineFormatter goes.
func (n *normalizer) plainJSON(dst []byte, v phpvalue.Value) []byte {
	style := n.style
	n.style = jsonStyle
	dst = n.encode(dst, v)
	n.style = style
	return dst
}
