package redis

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"strconv"
	"unicode/utf8"
)

// streamValue is the value that Connection::add of symfony/redis-messenger writes to the stream for a delayed member:
// the JSON of body and headers, without the uniqid that told the members apart, in phpredis' serialization.
//
// Whatever a member holds, it leaves the delayed set, and nothing of it is lost: one that is not {"body": text,
// "headers": map} becomes the body of an entry as a whole, as in Symfony 7.4, and fails to decode later, where failures
// are handled. (PHP before 7.4 lost it and died.) When such a body is not UTF-8, which JSON cannot hold, it is in base64,
// as PhpSerializer writes its own.
func streamValue(member []byte, s Serializer) []byte {
	body, headers, ok := splitMember(unwrap(member))
	if !ok {
		body, headers = string(member), headersOf(member)
		if !utf8.ValidString(body) {
			body = base64.StdEncoding.EncodeToString(member)
		}
	}
	text := appendJSONString([]byte(`{"body":`), body, false)
	text = append(append(text, `,"headers":`...), headers...)
	return serialize(append(text, '}'), s)
}

// unwrap undoes phpredis' serialization, which Symfony before 5.4.1 put around the member: s:N:"...";
func unwrap(member []byte) []byte {
	rest, ok := bytes.CutPrefix(member, []byte("s:"))
	n, digits := parseDigits(rest)
	if !ok || digits == 0 {
		return member
	}
	rest, ok = bytes.CutPrefix(rest[digits:], []byte(`:"`))
	if !ok || n >= uint64(len(rest)) || rest[n] != '"' {
		return member
	}
	return rest[:n]
}

// splitMember reads {"body": text, "headers": map or list or null, ...}; the headers come back in PHP's spelling.
func splitMember(member []byte) (body string, headers []byte, ok bool) {
	fields, ok := jsonObject(member)
	if !ok || json.Unmarshal(fields["body"], &body) != nil || isNull(fields["body"]) || damaged(fields["body"], body) {
		return "", nil, false
	}
	headers, ok = phpMap(fields["headers"])
	return body, headers, ok
}

// headersOf are the headers of a member without a body, which PHP keeps.
func headersOf(member []byte) []byte {
	if fields, ok := jsonObject(member); ok && fields["body"] == nil {
		if headers, ok := phpMap(fields["headers"]); ok {
			return headers
		}
	}
	return []byte("[]")
}

func jsonObject(text []byte) (map[string]json.RawMessage, bool) {
	var fields map[string]json.RawMessage
	ok := utf8.Valid(text) && json.Unmarshal(text, &fields) == nil && fields != nil
	return fields, ok
}

func isNull(text json.RawMessage) bool { return string(text) == "null" }

// damaged says whether decoding replaced lone surrogates, which PHP refuses, by U+FFFD.
func damaged(text json.RawMessage, decoded string) bool {
	written := bytes.Count(text, []byte("\uFFFD")) + bytes.Count(bytes.ToLower(text), []byte(`\ufffd`))
	return bytes.Count([]byte(decoded), []byte("\uFFFD")) > written
}

// phpMap spells a JSON object or array, or one that is absent, as PHP does after decoding it to an array.
func phpMap(text json.RawMessage) ([]byte, bool) {
	if text == nil || isNull(text) {
		return []byte("[]"), true
	}
	if text[0] != '{' && text[0] != '[' {
		return nil, false
	}
	return appendValue(nil, json.NewDecoder(bytes.NewReader(text)))
}

// appendValue copies the next value of in. Objects and arrays are both PHP arrays: an empty one is [], and so is one
// whose keys count from 0. Numbers keep their spelling.
func appendValue(dst []byte, in *json.Decoder) ([]byte, bool) {
	in.UseNumber()
	token, err := in.Token()
	if err != nil {
		return nil, false
	}
	switch v := token.(type) {
	case json.Delim:
		return appendArray(dst, in, v == '{')
	case string:
		return appendJSONString(dst, v, false), true
	case json.Number:
		return append(dst, v...), true
	case bool:
		return strconv.AppendBool(dst, v), true
	}
	return append(dst, "null"...), true
}

// phpArray is a PHP array in the making: its keys in their order, the values in JSON.
type phpArray struct {
	keys   []string
	values map[string][]byte
}

func appendArray(dst []byte, in *json.Decoder, object bool) ([]byte, bool) {
	array := phpArray{values: map[string][]byte{}}
	for in.More() {
		key := strconv.Itoa(len(array.keys))
		if object {
			token, err := in.Token()
			if err != nil {
				return nil, false
			}
			key, _ = token.(string)
		}
		value, ok := appendValue(nil, in)
		if !ok {
			return nil, false
		}
		if _, twice := array.values[key]; !twice {
			array.keys = append(array.keys, key)
		}
		array.values[key] = value
	}
	if _, err := in.Token(); err != nil { // the closing bracket
		return nil, false
	}
	return array.append(dst), true
}

func (a phpArray) isList() bool {
	for i, key := range a.keys {
		if key != strconv.Itoa(i) {
			return false
		}
	}
	return true
}

func (a phpArray) append(dst []byte) []byte {
	list := a.isList()
	brackets := "{}"
	if list {
		brackets = "[]"
	}
	dst = append(dst, brackets[0])
	for i, key := range a.keys {
		if i > 0 {
			dst = append(dst, ',')
		}
		if !list {
			dst = append(appendJSONString(dst, key, false), ':')
		}
		dst = append(dst, a.values[key]...)
	}
	return append(dst, brackets[1])
}

// appendJSONString spells s as PHP's json_encode does by default: slashes escaped, everything outside of ASCII as
// \uXXXX. With hexTags, < and > are escaped too (JSON_HEX_TAG).
func appendJSONString(dst []byte, s string, hexTags bool) []byte {
	dst = append(dst, '"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\' || c == '/':
			dst = append(dst, '\\', byte(c))
		case c < ' ':
			dst = appendControl(dst, byte(c))
		case hexTags && c == '<':
			dst = append(dst, `\u003C`...)
		case hexTags && c == '>':
			dst = append(dst, `\u003E`...)
		case c < utf8.RuneSelf:
			dst = append(dst, byte(c))
		case c > 0xFFFF:
			c -= 0x10000
			dst = appendUnit(appendUnit(dst, 0xD800+c>>10), 0xDC00+c&0x3FF)
		default:
			dst = appendUnit(dst, c)
		}
	}
	return append(dst, '"')
}

func appendControl(dst []byte, c byte) []byte {
	switch c {
	case '\b':
		return append(dst, `\b`...)
	case '\f':
		return append(dst, `\f`...)
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	}
	return appendUnit(dst, rune(c))
}

// appendUnit spells one UTF-16 unit.
func appendUnit(dst []byte, unit rune) []byte {
	const hex = "0123456789abcdef"
	return append(dst, '\\', 'u', hex[unit>>12&15], hex[unit>>8&15], hex[unit>>4&15], hex[unit&15])
}

// serialize puts phpredis' serialization around a JSON text, as the option serializer says.
func serialize(text []byte, s Serializer) []byte {
	n := len(text)
	switch s {
	case SerializerPHP:
		out := strconv.AppendInt([]byte("s:"), int64(n), 10)
		out = append(append(out, `:"`...), text...)
		return append(out, `";`...)
	case SerializerIgbinary:
		return append(igbinaryHead(n), text...)
	case SerializerMsgpack:
		return append(msgpackHead(n), text...)
	case SerializerJSON:
		return appendJSONString(nil, string(text), true)
	}
	return text
}

// igbinaryHead is format version 2 and the head of a string.
func igbinaryHead(n int) []byte {
	head := []byte{0, 0, 0, 2}
	switch {
	case n < 1<<8:
		return append(head, 0x11, byte(n))
	case n < 1<<16:
		return binary.BigEndian.AppendUint16(append(head, 0x12), uint16(n))
	}
	return binary.BigEndian.AppendUint32(append(head, 0x13), uint32(n))
}

// msgpackHead is the head of a str.
func msgpackHead(n int) []byte {
	switch {
	case n < 32:
		return []byte{0xa0 | byte(n)}
	case n < 1<<8:
		return []byte{0xd9, byte(n)}
	case n < 1<<16:
		return binary.BigEndian.AppendUint16([]byte{0xda}, uint16(n))
	}
	return binary.BigEndian.AppendUint32([]byte{0xdb}, uint32(n))
}
