package cli

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"

	"envelog/internal/transport"
)

// frameOf spells a message as it lies in a stream entry, as JSON; a body that is no text stands for itself.
func frameOf(m transport.Message) []byte {
	if !utf8.Valid(m.Body) {
		return m.Body
	}
	out := bytes.NewBufferString(`{"body":`)
	out.Write(jsonText(string(m.Body)))
	out.WriteString(`,"headers":`)
	out.Write(headersOf(m.Headers))
	out.WriteByte('}')
	return out.Bytes()
}

// entryOf returns a message as an entry with fields of their own, which every decoder reads.
func entryOf(m transport.Stored) *transport.Entry {
	body := m.Body
	if body == nil {
		body = []byte{}
	}
	return &transport.Entry{ID: []byte(m.ID), Body: body, Headers: headersOf(m.Headers)}
}

func headersOf(headers []transport.Header) []byte {
	if len(headers) == 0 {
		return []byte("[]")
	}
	var out bytes.Buffer
	for i, h := range headers {
		out.WriteByte("{,"[min(i, 1)])
		out.Write(jsonText(h.Name))
		out.WriteByte(':')
		out.Write(jsonText(h.Value))
	}
	out.WriteByte('}')
	return out.Bytes()
}

func jsonText(text string) []byte {
	quoted, err := json.Marshal(text)
	if err != nil { // no string has one
		return []byte(`""`)
	}
	return quoted
}
