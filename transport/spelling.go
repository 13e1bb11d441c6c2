package transport

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// Frame spells the message as it is stored in a stream entry, as JSON; a body that is no text stands for itself.
func (m Message) Frame() []byte {
	if !utf8.Valid(m.Body) {
		return m.Body
	}
	out := bytes.NewBufferString(`{"body":`)
	out.Write(jsonText(string(m.Body)))
	out.WriteString(`,"headers":`)
	out.Write(spellHeaders(m.Headers))
	out.WriteByte('}')
	return out.Bytes()
}

// Entry returns the message as an entry with body and headers as fields of their own, which every decoder reads.
func (s Stored) Entry() *Entry {
	body := s.Body
	if body == nil {
		body = []byte{}
	}
	e := &Entry{ID: []byte(s.EntryID()), Body: body, Headers: spellHeaders(s.Headers), Stored: s.Checksum}
	if s.Cut != nil {
		e.Cuts = []Cut{*s.Cut}
	}
	return e
}

func spellHeaders(headers []Header) []byte {
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
