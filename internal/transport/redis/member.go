package redis

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"unicode/utf8"

	"envelog/decoder/jsonstring"
	"envelog/decoder/phpredis"
)

// streamValue is the value that Connection::add of symfony/redis-messenger writes to the stream for a delayed member:
// the JSON of body and headers, without the uniqid that told the members apart, in phpredis' serialization.
//
// Whatever a member holds, it leaves the delayed set, and nothing of it is lost: one that is not {"body": text,
// "headers": map} becomes the body of an entry as a whole, as in Symfony 7.4, and fails to decode later, where failures
// are handled. (PHP before 7.4 lost it and died.) When such a body is not UTF-8, which JSON cannot hold, it is in base64,
// as PhpSerializer writes its own.
func streamValue(member []byte, s phpredis.Serializer) []byte {
	body, headers, ok := splitMember(unserialize(member, phpredis.PHP))
	if !ok {
		body, headers = string(member), headersOf(member)
		if !utf8.ValidString(body) {
			body = base64.StdEncoding.EncodeToString(member)
		}
	}
	text := jsonstring.AppendQuoted([]byte(`{"body":`), body, false)
	text = append(append(text, `,"headers":`...), headers...)
	return s.Wrap(append(text, '}'))
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
		return jsonstring.AppendQuoted(dst, v, false), true
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
			dst = append(jsonstring.AppendQuoted(dst, key, false), ':')
		}
		dst = append(dst, a.values[key]...)
	}
	return append(dst, brackets[1])
}
