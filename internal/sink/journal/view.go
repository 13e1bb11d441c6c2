package journal

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"envelog/internal/vfs"
)

// view is what a process knows of one journal, its own or another's. It reads on from where it was whenever it is asked
// to, and keeps of each record only where its ids lie, and what later records say of it.
type view struct {
	name string // of the file, in the journals' directory
	f    vfs.File
	header
	denied error // why f cannot be written; nil: it can

	at     int64     // where the next record will be, unless it begins the other segment
	second bool      // at is in the second segment
	next   uint64    // its number
	prev   uint32    // the checksum of the newest record
	linked bool      // prev is known
	firsts [2]uint64 // the number of the first record in each segment
	mark   mark

	known map[uint64]*known             // by the key of the source
	doubt []prepared                    // records that may be undecided, in their order
	tail  []recordRef                   // records after the last committed one, in their order
	said  map[uint64]map[int]*statement // by record and block; most records have none
	fresh bool                          // has a decision that may not be on disk
	whole bool                          // all records were read; not when an error came in between

	read record // the one that was read last, in buf
	buf  []byte
	head [recordHead]byte
}

// prepared is a Prepare record of which the last word has not been spoken.
type prepared struct {
	recordRef
	blocks int
	total  int
}

// statement is what later records say of a block.
type statement struct {
	moved   *block // its last place; nil: the one that it was prepared with
	state   state  // 0: nothing is said of its lines
	extents []Extent
}

// newView reads a journal from its start.
func newView(name string, f vfs.File, h header) (*view, error) {
	v := &view{name: name, f: f, header: h}
	return v, v.load()
}

// load reads all records again: those of the older segment, then those of the newer.
func (v *view) load() error {
	v.known, v.said, v.doubt = make(map[uint64]*known), make(map[uint64]map[int]*statement), nil
	v.tail, v.whole = nil, false
	v.mark, v.next, v.linked, v.firsts, v.read.seq = mark{}, 1, false, [2]uint64{}, 0
	v.at, v.second = v.start(false), false
	m, err := readMark(v.f)
	if err != nil {
		return v.failed(err)
	}
	first, err := v.headAt(v.start(false))
	if err != nil {
		return err
	}
	second, err := v.headAt(v.start(true))
	if err != nil {
		return err
	}
	older := first.seq > second.seq // the second segment is the older one
	for _, segment := range []bool{older, !older} {
		if err := v.loadSegment(segment, segment == older); err != nil {
			return err
		}
	}
	v.raise(m)
	v.whole = true
	return nil
}

// loadSegment reads the records of a segment. What begins after a gap is what a power cut has left of a log.
func (v *view) loadSegment(second, older bool) error {
	r, err := v.headAt(v.start(second))
	if err != nil || r.seq == 0 || !older && r.seq < v.next {
		return err
	}
	if older || r.seq > v.next {
		v.next, v.linked = r.seq, false
	}
	v.at, v.second = v.start(second), second
	return v.readOn()
}

// refresh adds what is new since the last time. The mark is read first: what it covers is then read with it.
func (v *view) refresh() error {
	m, err := readMark(v.f)
	if err != nil {
		return v.failed(err)
	}
	if err := v.catchUp(); err != nil {
		return err
	}
	v.raise(m)
	return nil
}

// catchUp adds the records that are new.
func (v *view) catchUp() error {
	if !v.whole {
		return v.load()
	}
	for {
		if err := v.readOn(); err != nil {
			return err
		}
		other, err := v.headAt(v.start(!v.second))
		switch {
		case err != nil:
			return err
		case other.seq < v.next:
			return nil
		case other.seq > v.next: // both segments were begun again meanwhile
			return v.load()
		}
		r, err := v.nextRecord(v.start(!v.second))
		if err != nil || r == nil {
			return err
		}
		v.turn()
		v.add(r)
	}
}

// readOn adds the records that follow one another from v.at, within a segment.
func (v *view) readOn() error {
	for v.at < v.end(v.start(v.second)) {
		r, err := v.nextRecord(v.at)
		if err != nil || r == nil {
			return err
		}
		v.add(r)
	}
	return nil
}

// nextRecord reads the record at pos when it is the one that follows; otherwise it returns nil.
func (v *view) nextRecord(pos int64) (*record, error) {
	r, err := v.recordAt(pos, v.next)
	if err != nil || r == nil || v.linked && r.prev != v.prev {
		return nil, err
	}
	return r, nil
}

// turn goes over to the other segment, whose records are forgotten.
func (v *view) turn() {
	oldest := v.firsts[index(v.second)]
	v.second = !v.second
	v.at = v.start(v.second)
	v.firsts[index(v.second)] = 0
	for _, k := range v.known {
		k.forget(oldest)
	}
	for seq := range v.said {
		if seq < oldest {
			delete(v.said, seq)
		}
	}
	v.doubt = slices.DeleteFunc(v.doubt, func(p prepared) bool { return p.seq < oldest })
	v.trimTail(oldest)
}

func index(second bool) int {
	if second {
		return 1
	}
	return 0
}

// add notes a record that is at v.at.
func (v *view) add(r *record) {
	if v.firsts[index(v.second)] == 0 {
		v.firsts[index(v.second)] = r.seq
	}
	r.pos = v.at
	v.at += int64(r.total)
	v.next, v.prev, v.linked = r.seq+1, r.sum, true
	v.tail = append(v.tail, r.recordRef)
	switch r.kind {
	case prepare:
		v.addPrepared(r)
	case move:
		t, b, _ := r.move()
		b.pieces = slices.Clone(b.pieces)
		v.statement(t).moved = &b
	case decide:
		v.fresh = true
		decisions, _ := r.decisions()
		for _, d := range decisions {
			s := v.statement(d.target)
			s.state, s.extents = d.state, d.extents
		}
	}
	v.raise(mark{committed: r.committed})
}

func (v *view) addPrepared(r *record) {
	for i := range r.sources {
		key, s, ok := r.source(i)
		if !ok {
			continue
		}
		if v.known[key] == nil {
			v.known[key] = new(known)
		}
		v.known[key].add(s)
	}
	v.doubt = append(v.doubt, prepared{r.recordRef, r.entries, r.total})
}

func (v *view) statement(t target) *statement {
	blocks := v.said[t.seq]
	if blocks == nil {
		blocks = make(map[int]*statement)
		v.said[t.seq] = blocks
	}
	if blocks[t.block] == nil {
		blocks[t.block] = new(statement)
	}
	return blocks[t.block]
}

// raise notes how far the journal has got, and forgets what is decided. A mark beyond the last record is of records that
// a power cut has taken; those that come will have their numbers.
func (v *view) raise(m mark) {
	m.committed, m.appended = min(m.committed, v.next-1), min(m.appended, v.next-1)
	v.mark.raise(m)
	v.doubt = slices.DeleteFunc(v.doubt, v.isDecided)
	v.trimTail(0)
}

// isDecided reports whether the last word on all blocks of a record is spoken.
func (v *view) isDecided(p prepared) bool {
	finals, opens := 0, 0
	for block, s := range v.said[p.seq] {
		switch {
		case block < 0 || block >= p.blocks:
		case s.state == final:
			finals++
		case s.state == open, s.state == doubtful:
			opens++
		}
	}
	decided := finals == p.blocks || opens == 0 && p.seq <= v.mark.committed
	if decided {
		v.forgetMoves(p.seq)
	}
	return decided
}

// isCommitted reports whether a block is committed, though others of its record are not: the mark says so, and nothing that came later.
func (v *view) isCommitted(seq uint64, block int) bool {
	s := v.said[seq][block]
	return seq <= v.mark.committed && (s == nil || s.state == 0 || s.state == placed)
}

// forgetMoves drops what was needed only while the record was undecided.
func (v *view) forgetMoves(seq uint64) {
	for block, s := range v.said[seq] {
		if s.moved = nil; s.state == 0 {
			delete(v.said[seq], block)
		}
	}
	if len(v.said[seq]) == 0 {
		delete(v.said, seq)
	}
}

// fate is what is known of a line.
type fate int

const (
	undecided fate = iota
	written
	absent
)

// fateOf returns what is known of a line of a block.
func (v *view) fateOf(seq uint64, block, line int) fate {
	committed := seq <= v.mark.committed
	s := v.said[seq][block]
	if s == nil || s.state == 0 {
		if committed {
			return written
		}
		return undecided
	}
	switch {
	case s.state == open, s.state == doubtful, s.state == placed && !committed:
		return undecided
	case has(s.extents, line):
		return written
	}
	return absent
}

// find returns the newest record that has the entry, and the index of its line; nil when there isn't one.
func (v *view) find(key uint64, l *Line) (*record, int, error) {
	k := v.known[key]
	if k == nil || l.ID == (ID{}) {
		return nil, 0, nil
	}
	for _, s := range k.holding(l.ID) {
		r, err := v.record(s.recordRef)
		if err != nil {
			return nil, 0, err
		}
		if r == nil {
			continue
		}
		if i := r.find(key, l.ID, l.Sum); i >= 0 {
			return r, i, nil
		}
	}
	return nil, 0, nil
}

// headAt reads the head of a record; it is the zero one where there isn't one.
func (v *view) headAt(pos int64) (record, error) {
	if pos+recordHead > v.size() {
		return record{}, nil
	}
	n, err := readFull(v.f, v.head[:], pos)
	if err != nil {
		return record{}, v.failed(err)
	}
	r, ok := parseHead(v.head[:n])
	if !ok {
		return record{}, nil
	}
	return r, nil
}

// recordAt reads the record with this number; nil when it is not there as a whole. One that was torn when its process was
// killed counts as not there: nothing of it had been appended. It is valid until the next call.
func (v *view) recordAt(pos int64, seq uint64) (*record, error) {
	v.read.seq = 0
	r, err := v.headAt(pos)
	if err != nil || r.seq != seq || pos+int64(r.total) > v.end(pos) {
		return nil, err
	}
	if cap(v.buf) < r.total {
		v.buf = make([]byte, r.total)
	}
	v.buf = v.buf[:r.total]
	n, err := readFull(v.f, v.buf, pos)
	if err != nil {
		return nil, v.failed(err)
	}
	r, ok := parseRecord(v.buf[:n])
	if !ok || r.seq != seq {
		return nil, nil
	}
	v.read, v.read.pos = r, pos
	return &v.read, nil
}

// record reads one that was read before; nil when it is not there any more.
func (v *view) record(ref recordRef) (*record, error) {
	if v.read.recordRef == ref {
		return &v.read, nil
	}
	r, err := v.recordAt(ref.pos, ref.seq)
	if err != nil || r == nil || r.sum != ref.sum {
		return nil, err
	}
	return r, nil
}

func (v *view) failed(err error) error { return fmt.Errorf("read journal %q: %w", v.name, err) }

// close closes the file, which releases its lock when v has it.
func (v *view) close() { _ = v.f.Close() }

// readFull reads up to len(b) bytes at off; fewer are no error.
func readFull(r io.ReaderAt, b []byte, off int64) (n int, err error) {
	n, err = r.ReadAt(b, off)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return n, err
}
