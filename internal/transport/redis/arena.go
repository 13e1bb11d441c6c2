package redis

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"sync"

	"envelog/internal/redis"
	"envelog/transport"
	"envelog/transport/streamid"
)

// arena is the memory of one batch: the reply's bytes, and where its entries are in them.
type arena struct {
	buf     []byte
	ids     []byte // of what was found, end to end: an acknowledgement reads them when buf has long left the processor's cache
	found   []found
	entries []transport.Entry // views, made by views once buf no longer moves
	trimmed []streamid.ID     // pending entries that are no longer on the stream
	lost    int               // the same without an id, as XCLAIM and XAUTOCLAIM of Redis 6 return them
	left    int               // entries that did not fit: they are pending, to be read again
	leftLen int               // bytes that were not kept
	last    streamid.ID       // the last one that was kept, or trimmed
	full    bool              // the reply had as many entries as were asked for
	limit   int               // bytes that several entries together may take
	most    int               // bytes of one entry's values; of a value beyond them the beginning is kept
	release func()
	out     bool // handed out; guarded by the Memory
}

// found is one entry as positions in an arena.
type found struct {
	id                    streamid.ID
	name                  span            // in ids
	message, body, header span            // in buf
	sum                   uint32          // of what is there
	bytes                 int             // of the values
	cuts                  []transport.Cut // of values that were not kept whole
}

// span is a piece of an arena; the zero span is absent. No field begins at 0, where the reply's first line is.
type span struct{ at, n int }

func (s span) in(buf []byte) []byte {
	if s.at == 0 {
		return nil
	}
	return buf[s.at : s.at+s.n : s.at+s.n]
}

// keepIn lets the rest of the reply go to the arena, of which several entries together may take
// limit bytes, and the values of one entry most.
func (a *arena) keepIn(r *redis.Reader, limit, most int) {
	a.reset()
	a.limit, a.most = limit, most
	r.KeepIn(a.buf, limit)
}

// take ends keepIn: the arena has its bytes.
func (a *arena) take(r *redis.Reader) {
	if r.Keeping() {
		a.buf = r.Leave()
	}
}

func (a *arena) reset() {
	a.found, a.entries, a.trimmed, a.ids = a.found[:0], a.entries[:0], a.trimmed[:0], a.ids[:0]
	a.lost, a.left, a.leftLen, a.last = 0, 0, 0, streamid.ID{}
}

// views turns positions into entries.
func (a *arena) views() []transport.Entry {
	for i := range a.found {
		f := &a.found[i]
		a.entries = append(a.entries, transport.Entry{
			ID: a.ids[f.name.at:][:f.name.n:f.name.n], Message: f.message.in(a.buf), Body: f.body.in(a.buf), Headers: f.header.in(a.buf), Number: f.id, Cuts: f.cuts,
			Stored: &f.sum,
		})
	}
	return a.entries
}

// without drops the entries that skip wants dropped.
func (a *arena) without(skip map[streamid.ID]struct{}) {
	if len(skip) == 0 {
		return
	}
	kept := a.found[:0]
	for _, f := range a.found {
		if _, ok := skip[f.id]; !ok {
			kept = append(kept, f)
		}
	}
	a.found = kept
}

// maxEntries is how many entries a reply may have: more than anyone asks for.
const maxEntries = 1 << 20

// maxFields is how many names and values an entry may have: Redis takes no more arguments in one command.
const maxFields = 1 << 20

// readEntries reads an array of stream entries, [id, [field, value, ...]] each, into the arena, which keepIn has prepared.
// At most max are kept, and no more than fit: of the others, nothing but the count is kept.
func readEntries(r *redis.Reader, a *arena, max int) error {
	n, err := r.Array()
	if err != nil {
		return err
	}
	if n > maxEntries {
		return fmt.Errorf("%w: %d entries where %d are due", redis.ErrProtocol, n, max)
	}
	for range n {
		if len(a.found)+len(a.trimmed)+a.lost >= max {
			a.take(r)
		}
		if err := readEntry(r, a); err != nil {
			return err
		}
	}
	return nil
}

func readEntry(r *redis.Reader, a *arena) error {
	parts, err := r.Array()
	if err != nil {
		return err
	}
	if parts < 0 {
		a.lost++
		return nil
	}
	if parts != 2 {
		return fmt.Errorf("%w: an entry of %d parts", redis.ErrProtocol, parts)
	}
	var f found
	if err := readID(r, a, &f); err != nil {
		return err
	}
	present, err := readFields(r, a, &f)
	if err != nil {
		return err
	}
	switch {
	case !r.Keeping():
		a.left++
		return nil
	case present:
		// While the bytes are in the processor's cache: that takes two thirds of the time that it takes later.
		buf := r.Kept()
		f.sum = transport.Checksum(f.message.in(buf), f.body.in(buf), f.header.in(buf))
		a.found = append(a.found, f)
	default:
		a.trimmed = append(a.trimmed, f.id)
	}
	a.last = f.id
	return nil
}

// readFields reads names and values; a null in their place is an entry that was deleted.
func readFields(r *redis.Reader, a *arena, f *found) (present bool, err error) {
	n, err := r.Array()
	if err != nil || n < 0 {
		return false, err
	}
	if n%2 != 0 || n > maxFields {
		return false, fmt.Errorf("%w: an entry of %d names and values", redis.ErrProtocol, n)
	}
	for range n / 2 {
		field, err := readName(r, a)
		if err == nil {
			err = readValue(r, a, f, field)
		}
		if err != nil {
			return false, err
		}
	}
	return true, nil
}

// field is one of those that are looked at, or none of them.
type field uint8

const (
	otherField field = iota
	messageField
	bodyField
	headersField
)

var fieldNames = [...]string{messageField: "message", bodyField: "body", headersField: "headers"}

// fieldOf returns the field of that name.
func fieldOf(name []byte) field {
	switch string(name) {
	case "message":
		return messageField
	case "body":
		return bodyField
	case "headers":
		return headersField
	}
	return otherField
}

// of returns where the value of a field goes.
func (f field) of(e *found) *span {
	switch f {
	case messageField:
		return &e.message
	case bodyField:
		return &e.body
	}
	return &e.header
}

// room consumes the head of a string and returns its length. When those of its bytes that would be kept, most or fewer,
// make the batch too large, the batch ends before this entry: from here on nothing is kept. One entry is always kept.
func room(r *redis.Reader, a *arena, most int) (int, error) {
	n, err := r.Length()
	if err == nil && r.Keeping() && len(a.found) > 0 && r.Pos()+min(n, most) > a.limit {
		a.take(r)
	}
	return n, err
}

// pass consumes the n bytes of a string without keeping them.
func pass(r *redis.Reader, a *arena, n int) error {
	a.leftLen += n
	return r.Skip(n)
}

// maxID is more than an id has: two numbers of 20 digits, and what is between them.
const maxID = 64

func readID(r *redis.Reader, a *arena, f *found) error {
	n, err := room(r, a, maxID)
	switch {
	case err != nil:
		return err
	case n > maxID:
		return fmt.Errorf("%w: an id of %d bytes", redis.ErrProtocol, n)
	case !r.Keeping():
		return pass(r, a, n)
	}
	at, err := r.Take(n)
	if err != nil {
		return err
	}
	id := r.Kept()[at : at+n]
	if f.id, err = streamid.Parse(id); err != nil {
		return fmt.Errorf("%w: %w", redis.ErrProtocol, err)
	}
	f.name = span{len(a.ids), n}
	a.ids = append(a.ids, id...)
	return nil
}

func readName(r *redis.Reader, a *arena) (field, error) {
	const longest = len("headers")
	n, err := room(r, a, longest)
	switch {
	case err != nil:
		return otherField, err
	case n > longest || !r.Keeping():
		return otherField, pass(r, a, n)
	}
	at, err := r.Take(n)
	if err != nil {
		return otherField, err
	}
	return fieldOf(r.Kept()[at : at+n]), nil
}

// readValue reads the value of a field into the arena. Of one that is too long the beginning is kept.
func readValue(r *redis.Reader, a *arena, f *found, field field) error {
	n, err := room(r, a, a.keeps(f, field))
	switch {
	case err != nil:
		return err
	case field == otherField || !r.Keeping():
		return pass(r, a, n)
	case n > a.keeps(f, field):
		return a.cut(r, f, field, n)
	}
	at, err := r.Take(n)
	*field.of(f) = span{at, n}
	f.bytes += n
	return err
}

// cutAt is how much is kept of a field that is longer than the arena takes.
const cutAt = 64 << 10

// keeps returns how many bytes of the next value of a field are kept: the whole of one that the arena takes, and of a
// field that comes again and again no more than that together.
func (a *arena) keeps(f *found, field field) int {
	if field == otherField {
		return 0
	}
	return max(0, a.most-f.bytes)
}

// cut keeps the beginning of a value of n bytes, and its SHA-256.
func (a *arena) cut(r *redis.Reader, f *found, field field, n int) error {
	kept := min(n, cutAt)
	sum := sha256.New()
	at, err := r.Some(kept)
	if err != nil {
		return err
	}
	sum.Write(r.Kept()[at : at+kept])
	if err := r.SkipTo(sum, n-kept); err != nil {
		return err
	}
	a.leftLen += n - kept
	*field.of(f) = span{at, kept}
	f.cuts = slices.DeleteFunc(f.cuts, func(c transport.Cut) bool { return c.Field == fieldNames[field] })
	f.cuts = append(f.cuts, transport.Cut{Field: fieldNames[field], Bytes: n, SHA256: [sha256.Size]byte(sum.Sum(nil))})
	return nil
}

// mostFree is how many arenas are kept: as many as a consumer has batches in flight.
const mostFree = 6

// Memory is what batches are read into, kept for the next ones. Receivers of one process may share it; the zero value is ready.
type Memory struct {
	mu   sync.Mutex
	free []*arena
	most int // bytes; a larger arena is left to the garbage collector
}

const firstArena = 64 << 10

func (m *Memory) get() *arena {
	m.mu.Lock()
	defer m.mu.Unlock()
	if n := len(m.free); n > 0 {
		a := m.free[n-1]
		m.free = m.free[:n-1]
		a.out = true
		return a
	}
	a := &arena{buf: make([]byte, 0, firstArena), out: true}
	a.release = func() { m.put(a) }
	return a
}

// keep has arenas of up to that many bytes be kept.
func (m *Memory) keep(most int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.most = max(m.most, most)
}

// put takes an arena back; a second time does nothing.
func (m *Memory) put(a *arena) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !a.out {
		return
	}
	a.out = false
	if cap(a.buf) <= m.most && len(m.free) < mostFree {
		m.free = append(m.free, a)
	}
}
