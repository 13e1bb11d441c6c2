package phpserialize

import (
	"bytes"
	"encoding/binary"

	"envelog/phpvalue"
)

// keyMemory knows keys as they are stored, and which of them followed which. Rows have the same keys in the same order, and so have
// the messages of one kind. To compare the bytes with those of the key that is expected takes less than to read them, and the
// processor need not wait for the key's length to know where the value begins.
type keyMemory struct {
	keys   [256]storedKey // by hash, each in one of a few neighbouring places
	latest *storedKey     // the key that was read last
}

// keySpace is how many bytes are compared: most keys are shorter, with all that is around them.
const keySpace = 32

// storedKey is a key of plain text that is no int.
type storedKey struct {
	words [keySpace / 8]uint64   // from `s:` to the semicolon, in little-endian order
	masks [keySpace/8 - 1]uint64 // of all words but the first: which of their bytes belong to the key
	next  *storedKey             // the key that followed the last time
	size  uint8                  // bytes of it all; 0: there is no key yet
	start uint8                  // where the text begins
	len   uint8                  // bytes of the text
	plain phpvalue.Plain         // what is known of the text
}

// init puts a key there, so that there is always one to expect.
func (m *keyMemory) init() {
	const start, key = `s:7:\\\"`, `s:7:\\\"message\\\";`
	m.latest = &m.keys[0]
	m.latest.set((*[keySpace]byte)(append([]byte(key), make([]byte, keySpace)...)), phpvalue.NewSpan(len(start), len("message")), len(key))
}

// equals reports whether b begins with the key.
func (k *storedKey) equals(b *[keySpace]byte) bool {
	w := &k.words
	differ := binary.LittleEndian.Uint64(b[0:8]) ^ w[0]
	differ |= (binary.LittleEndian.Uint64(b[8:16]) ^ w[1]) & k.masks[0]
	differ |= (binary.LittleEndian.Uint64(b[16:24]) ^ w[2]) & k.masks[1]
	return differ|(binary.LittleEndian.Uint64(b[24:32])^w[3])&k.masks[2] == 0
}

// learn notes that the key that takes the first size bytes of b, and whose text is at span of them, follows the latest one. It returns
// what is known of the text.
func (m *keyMemory) learn(b *[keySpace]byte, span phpvalue.Span, size int) phpvalue.Plain {
	if size > keySpace {
		return phpvalue.PlainKey
	}
	k := m.place(b, size)
	if int(k.size) != size || !k.equals(b) {
		k.set(b, span, size)
	}
	m.latest.next = k
	m.latest = k
	return k.plain
}

// place returns where the key that takes the first size bytes of b is, or where it may be put: what was there is forgotten.
func (m *keyMemory) place(b *[keySpace]byte, size int) *storedKey {
	const golden, places = 0x9e3779b97f4a7c15, 4 // the golden ratio spreads what differs in a few bits
	hash := (binary.LittleEndian.Uint64(b[8:16]) ^ uint64(size)<<40) * golden >> 56
	for i := range uint64(places) {
		k := &m.keys[(hash+i)%uint64(len(m.keys))]
		if k.size == 0 || int(k.size) == size && k.equals(b) {
			return k
		}
	}
	return &m.keys[hash]
}

func (k *storedKey) set(b *[keySpace]byte, span phpvalue.Span, size int) {
	for i := range k.words {
		k.words[i] = binary.LittleEndian.Uint64(b[8*i : 8*i+8])
	}
	for i := range k.masks {
		k.masks[i] = 1<<(8*max(0, size-8*(i+1))) - 1 // all bytes where there are eight or more
	}
	k.size, k.start, k.len = uint8(size), uint8(span.Offset()), uint8(span.Len())
	k.plain = phpvalue.PlainKey
	if text := b[span.Offset():][:span.Len()]; len(text) > 0 && !bytes.ContainsAny(text, " =") {
		k.plain |= phpvalue.BareKey
	}
	k.next = k
}
