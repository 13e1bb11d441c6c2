package redis

import (
	"fmt"
	"sync"

	"envelog/internal/redis"
	"envelog/internal/streamid"
	"envelog/internal/transport"
)

// arena is the memory of one batch: the reply's bytes, and where its entries lie in them.
type arena struct {
	buf     []byte
	found   []found
	entries []transport.Entry // views, made by views once buf no longer moves
	trimmed []streamid.ID     // pending entries that are no longer on the stream
	lost    int               // the same without an id, as XCLAIM and XAUTOCLAIM of Redis 6 return them
	left    int               // entries that did not fit: they are pending, to be read again
	leftLen int               // their bytes
	last    streamid.ID       // the last one that was kept, or trimmed
	limit   int               // bytes that several entries together may take
	release func()
	out     bool // handed out; guarded by the pool
}

// found is one entry as positions in an arena.
type found struct {
	id                          streamid.ID
	name, message, body, header span
}

// span is a piece of an arena; the zero span is absent. No field begins at 0, where the reply's first line is.
type span struct{ at, n int }

func (s span) in(buf []byte) []byte {
	if s.at == 0 {
		return nil
	}
	return buf[s.at : s.at+s.n : s.at+s.n]
}

// keepIn lets the rest of the reply go to the arena, of which several entries together may take limit bytes.
func (a *arena) keepIn(r *redis.Reader, limit int) {
	a.reset()
	a.limit = limit
	r.KeepIn(a.buf, limit)
}

// take ends keepIn: the arena has its bytes.
func (a *arena) take(r *redis.Reader) {
	if r.Keeping() {
		a.buf = r.Leave()
	}
}

func (a *arena) reset() {
	a.found, a.entries, a.trimmed = a.found[:0], a.entries[:0], a.trimmed[:0]
	a.lost, a.left, a.leftLen, a.last = 0, 0, 0, streamid.ID{}
}

// views turns positions into entries.
func (a *arena) views() []transport.Entry {
	for i := range a.found {
		f := &a.found[i]
		a.entries = append(a.entries, transport.Entry{
			ID: f.name.in(a.buf), Message: f.message.in(a.buf), Body: f.body.in(a.buf), Headers: f.header.in(a.buf),
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

// readEntries reads an array of stream entries, [id, [field, value, ...]] each, into the arena, which keepIn has prepared.
// At most max are kept, and no more than fit: of what does not fit, nothing but the count is kept.
func readEntries(r *redis.Reader, a *arena, max int) error {
	n, err := r.Array()
	if err != nil {
		return err
	}
	for range n {
		if len(a.found) == max {
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
	if f.name, err = readPiece(r, a); err != nil {
		return err
	}
	if r.Keeping() {
		if f.id, err = streamid.Parse(f.name.in(r.Kept())); err != nil {
			return fmt.Errorf("%w: %w", redis.ErrProtocol, err)
		}
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
	if n%2 != 0 {
		return false, fmt.Errorf("%w: an entry of %d names and values", redis.ErrProtocol, n)
	}
	for range n / 2 {
		name, err := readPiece(r, a)
		if err != nil {
			return false, err
		}
		var field *span
		if r.Keeping() { // what piece returned lies in buf only then
			field = f.field(name.in(r.Kept()))
		}
		value, err := readPiece(r, a)
		if err != nil {
			return false, err
		}
		if field != nil {
			*field = value
		}
	}
	return true, nil
}

// field returns where the value of a field goes; nil for one that is not looked at.
func (f *found) field(name []byte) *span {
	switch string(name) {
	case "message":
		return &f.message
	case "body":
		return &f.body
	case "headers":
		return &f.header
	}
	return nil
}

// readPiece reads one string into the arena. When that would make the batch too large, the batch ends before this entry:
// from here on nothing is kept. One entry is always kept, however large it is.
func readPiece(r *redis.Reader, a *arena) (span, error) {
	n, err := r.Length()
	if err != nil {
		return span{}, err
	}
	if r.Keeping() && len(a.found) > 0 && r.Pos()+n > a.limit {
		a.take(r)
	}
	if !r.Keeping() {
		a.leftLen += n
		return span{}, r.Skip(n)
	}
	at, err := r.Take(n)
	return span{at, n}, err
}

// pool keeps arenas for the next batches: one is read ahead, one prepared and one written.
type pool struct {
	mu   sync.Mutex
	free []*arena
	most int // bytes; a larger arena is left to the garbage collector
}

const firstArena = 64 << 10

func (p *pool) get() *arena {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.free); n > 0 {
		a := p.free[n-1]
		p.free = p.free[:n-1]
		a.out = true
		return a
	}
	a := &arena{buf: make([]byte, 0, firstArena), out: true}
	a.release = func() { p.put(a) }
	return a
}

// put takes an arena back; a second time does nothing.
func (p *pool) put(a *arena) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !a.out {
		return
	}
	a.out = false
	if cap(a.buf) <= p.most && len(p.free) < 3 {
		p.free = append(p.free, a)
	}
}
