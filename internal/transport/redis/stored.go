package redis

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"

	"envelog/decoder/jsonstring"
	"envelog/decoder/phpredis"
	"envelog/transport"
	"envelog/transport/streamid"
)

// member spells a message as Connection::add does: the JSON of body and headers, and for a delayed one its uniqid.
func member(m transport.Message, uniqid string) []byte {
	b := jsonstring.AppendQuoted([]byte(`{"body":`), string(m.Body), false)
	b = append(b, `,"headers":`...)
	b = appendHeaders(b, m.Headers)
	if uniqid != "" {
		b = jsonstring.AppendQuoted(append(b, `,"uniqid":`...), uniqid, false)
	}
	return append(b, '}')
}

func appendHeaders(b []byte, headers []transport.Header) []byte {
	if len(headers) == 0 {
		return append(b, "[]"...)
	}
	for i, h := range headers {
		b = append(b, "{,"[min(i, 1)])
		b = append(jsonstring.AppendQuoted(b, h.Name, false), ':')
		b = jsonstring.AppendQuoted(b, h.Value, false)
	}
	return append(b, '}')
}

// storedEntry is the message in a stream entry. What is no message in the shape of Connection::add is one with those
// bytes as its body, so that it can be looked at and removed.
func storedEntry(id streamid.ID, fields map[string][]byte, s phpredis.Serializer) transport.Stored {
	whole := transport.Entry{Message: fields["message"], Body: fields["body"], Headers: fields["headers"]}
	sum := whole.Checksum() // by which the journal knows what a worker has written of it
	m := transport.Stored{ID: id.String(), Created: id.Time(), Available: id.Time(), Checksum: &sum}
	value, ok := fields["message"]
	if !ok { // 8.2 writes body and headers as fields of their own
		if _, ok := fields["body"]; !ok {
			m.Raw = &transport.Entry{ID: []byte(m.ID)}
		}
		m.Body = unserialize(fields["body"], s)
		m.Headers = readHeaders(unserialize(fields["headers"], s))
		return m
	}
	m.Message, _, ok = readMember(unserialize(value, s))
	if !ok {
		m.Raw = &transport.Entry{ID: []byte(m.ID), Message: value}
	}
	return m
}

// storedMember is the message in a member of the delayed set. Where its uniqid does not hold the time at which it was
// sent (7.2 and later), that is not known, and the time at which it is due stands for it.
func storedMember(raw []byte, due time.Time) transport.Stored {
	m := transport.Stored{Created: due, Available: due}
	m.Message, m.ID, _ = readMember(unserialize(raw, phpredis.PHP))
	if created, ok := uniqidTime(m.ID); ok {
		m.Created = created
	}
	return m
}

// uniqidTime reads the time that PHP's uniqid begins with.
func uniqidTime(id string) (time.Time, bool) {
	const digits, length = 13, 23
	if len(id) != length {
		return time.Time{}, false
	}
	sec, err := strconv.ParseUint(id[:8], 16, 63)
	usec, usecErr := strconv.ParseUint(id[8:digits], 16, 63)
	if err != nil || usecErr != nil {
		return time.Time{}, false
	}
	return time.Unix(int64(sec), int64(usec)*int64(time.Microsecond)), true
}

// readMember reads what member spells. What is something else is a message with these bytes as its body, and not ok.
func readMember(text []byte) (m transport.Message, uniqid string, ok bool) {
	fields, ok := jsonObject(text)
	var body string
	if !ok || json.Unmarshal(fields["body"], &body) != nil {
		return transport.Message{Body: text}, "", false
	}
	_ = json.Unmarshal(fields["uniqid"], &uniqid) // stays empty when it is no string
	return transport.Message{Body: []byte(body), Headers: readHeaders(fields["headers"])}, uniqid, true
}

// readHeaders reads a map in its order. A text that is not one has no headers.
func readHeaders(text []byte) (headers []transport.Header) {
	in := json.NewDecoder(bytes.NewReader(text))
	if open, err := in.Token(); err != nil || open != json.Delim('{') {
		return nil
	}
	for in.More() {
		name, err := in.Token()
		if err != nil {
			return nil
		}
		var value json.RawMessage
		if err := in.Decode(&value); err != nil {
			return nil
		}
		h := transport.Header{Value: headerValue(value)}
		h.Name, _ = name.(string)
		headers = append(headers, h)
	}
	return headers
}

// headerValue is the string, or the JSON text of what is not one.
func headerValue(value json.RawMessage) string {
	var s string
	if len(value) > 0 && value[0] == '"' && json.Unmarshal(value, &s) == nil {
		return s
	}
	return string(value)
}

// unserialize undoes what phpredis did to a string. What phpredis cannot unserialize it hands out as it is.
func unserialize(value []byte, s phpredis.Serializer) []byte {
	reader := phpredis.Reader{Serializer: s}
	text, err := reader.Read(value)
	if err != nil {
		return value
	}
	return text
}
