package redis

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"strconv"
	"time"

	"envelog/internal/transport"
)

// member spells a message as Connection::add does: the JSON of body and headers, and for a delayed one its uniqid.
func member(m transport.Message, uniqid string) []byte {
	b := appendJSONString([]byte(`{"body":`), string(m.Body), false)
	b = append(b, `,"headers":`...)
	b = appendHeaders(b, m.Headers)
	if uniqid != "" {
		b = appendJSONString(append(b, `,"uniqid":`...), uniqid, false)
	}
	return append(b, '}')
}

func appendHeaders(b []byte, headers []transport.Header) []byte {
	if len(headers) == 0 {
		return append(b, "[]"...)
	}
	for i, h := range headers {
		b = append(b, "{,"[min(i, 1)])
		b = append(appendJSONString(b, h.Name, false), ':')
		b = appendJSONString(b, h.Value, false)
	}
	return append(b, '}')
}

// storedEntry is the message in a stream entry. What is no message in the shape of Connection::add is one with those
// bytes as its body, so that it can be looked at and removed.
func storedEntry(id entryID, fields map[string][]byte, s Serializer) transport.Stored {
	m := transport.Stored{ID: id.String(), Created: id.time(), Available: id.time()}
	value, ok := fields["message"]
	if !ok { // 8.2 writes body and headers as fields of their own
		m.Body = unserialize(fields["body"], s)
		m.Headers = readHeaders(unserialize(fields["headers"], s))
		return m
	}
	m.Message, _ = readMember(unserialize(value, s))
	return m
}

// storedMember is the message in a member of the delayed set. Where its uniqid does not hold the time at which it was
// sent (7.2 and later), that is not known, and the time at which it is due stands for it.
func storedMember(raw []byte, due time.Time) transport.Stored {
	m := transport.Stored{Created: due, Available: due}
	m.Message, m.ID = readMember(unwrap(raw))
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

func readMember(text []byte) (m transport.Message, uniqid string) {
	fields, ok := jsonObject(text)
	var body string
	if !ok || json.Unmarshal(fields["body"], &body) != nil {
		return transport.Message{Body: text}, ""
	}
	_ = json.Unmarshal(fields["uniqid"], &uniqid) // stays empty when it is no string
	return transport.Message{Body: []byte(body), Headers: readHeaders(fields["headers"])}, uniqid
}

// readHeaders reads a map in its order. A text that is none has no headers.
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

// headerValue is the string, or the JSON text of what is none.
func headerValue(value json.RawMessage) string {
	var s string
	if len(value) > 0 && value[0] == '"' && json.Unmarshal(value, &s) == nil {
		return s
	}
	return string(value)
}

// unserialize undoes serialize. What phpredis cannot unserialize it hands out as it is.
func unserialize(value []byte, s Serializer) []byte {
	switch s {
	case SerializerPHP:
		return unwrap(value)
	case SerializerJSON:
		var text string
		if json.Unmarshal(value, &text) == nil {
			return []byte(text)
		}
	case SerializerIgbinary:
		if head, n, ok := igbinaryLength(value); ok {
			return cut(value, head, n)
		}
	case SerializerMsgpack:
		if head, n, ok := msgpackLength(value); ok {
			return cut(value, head, n)
		}
	}
	return value
}

// cut returns the n bytes behind a head, or everything when there are fewer.
func cut(value []byte, head, n int) []byte {
	if n > len(value)-head {
		return value
	}
	return value[head : head+n]
}

// igbinaryLength reads what igbinaryHead writes.
func igbinaryLength(value []byte) (head, n int, ok bool) {
	if len(value) < 5 || value[0] != 0 || value[1] != 0 || value[2] != 0 {
		return 0, 0, false
	}
	return lengthIn(value, 5, int(value[4])-0x11)
}

// msgpackLength reads what msgpackHead writes.
func msgpackLength(value []byte) (head, n int, ok bool) {
	if len(value) == 0 {
		return 0, 0, false
	}
	if value[0]&0xe0 == 0xa0 {
		return 1, int(value[0] & 0x1f), true
	}
	return lengthIn(value, 1, int(value[0])-0xd9)
}

// lengthIn reads a length of 1, 2 or 4 bytes, for a kind of 0, 1 or 2.
func lengthIn(value []byte, at, kind int) (head, n int, ok bool) {
	if kind < 0 || kind > 2 || len(value) < at+1<<kind {
		return 0, 0, false
	}
	var wide [4]byte
	size := 1 << kind
	copy(wide[4-size:], value[at:at+size])
	return at + size, int(binary.BigEndian.Uint32(wide[:])), true
}
