package journal

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// view is what a process knows of one journal, its own or another's. It reads on from where it was whenever it is asked
// to, and keeps of each record nothing but where its ids lie.
type view struct {
	name string // of the file, in the journals' directory
	f    *os.File
	header

	at     int64  // where the next record will be, unless it begins the other half
	second bool   // at lies in the second half
	next   uint64 // its sequence
	last   extent // of the newest record: seq and pos; seq 0: there is none
	mark   uint64 // sequence of the last record that is known to be settled

	known map[uint64]*known // by the key of the source
	read  record            // the one that was read last, in buf
	buf   []byte
	head  [recordHead]byte
}

// newView reads a journal from its start; ok tells whether f is one.
func newView(name string, f *os.File) (v *view, ok bool, err error) {
	v = &view{name: name, f: f}
	if v.header, ok = readHeader(f); !ok {
		return nil, false, nil
	}
	return v, true, v.load()
}

// load reads all records anew: those of the older half, then those of the newer.
func (v *view) load() error {
	v.known, v.last, v.mark, v.next = make(map[uint64]*known), extent{}, 0, 1
	first, err := v.headAt(v.start(false))
	if err != nil {
		return err
	}
	second, err := v.headAt(v.start(true))
	if err != nil {
		return err
	}
	older, newer := first.seq, second.seq
	v.second = older > newer // the half that is read first
	for _, seq := range []uint64{min(older, newer), max(older, newer)} {
		if seq > 0 {
			v.at, v.next = v.start(v.second), seq
			if err := v.readOn(); err != nil {
				return err
			}
		}
		v.second = !v.second
	}
	v.second = !v.second
	if newer == 0 && older == 0 {
		v.at, v.second = v.start(false), false
	}
	v.mark = readMark(v.f)
	return nil
}

// readOn adds the records that follow one another from v.at, within a half.
func (v *view) readOn() error {
	for v.at < v.end() {
		r, err := v.record(v.at, v.next)
		if err != nil || r == nil {
			return err
		}
		v.add(r)
	}
	return nil
}

// end returns where the half ends in which the next record will be, if it has room there.
func (v *view) end() int64 { return v.start(v.second) + v.half }

// catchUp adds the records that are new since the last time.
func (v *view) catchUp() error {
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
		case other.seq > v.next: // both halves were begun anew meanwhile
			return v.load()
		}
		r, err := v.record(v.start(!v.second), v.next)
		if err != nil || r == nil {
			return err
		}
		v.turn()
		v.add(r)
	}
}

// turn goes over to the other half, whose records are forgotten.
func (v *view) turn() {
	v.second = !v.second
	v.at = v.start(v.second)
	for _, k := range v.known {
		k.forget(v.at, v.at+v.half)
	}
}

// add notes a record that lies at v.at.
func (v *view) add(r *record) {
	for i := range r.sources {
		key, e, ok := r.source(i)
		if !ok {
			continue
		}
		if v.known[key] == nil {
			v.known[key] = new(known)
		}
		v.known[key].add(e)
	}
	v.last = extent{seq: r.seq, pos: v.at}
	v.at += int64(r.total)
	v.next = r.seq + 1
}

// headAt reads the head of a record; it is the zero one where there is none.
func (v *view) headAt(pos int64) (record, error) {
	if pos+recordHead > v.size() {
		return record{}, nil
	}
	_, err := v.f.ReadAt(v.head[:], pos)
	if errors.Is(err, io.EOF) {
		return record{}, nil
	}
	if err != nil {
		return record{}, fmt.Errorf("read journal %q: %w", v.name, err)
	}
	r, ok := parseHead(v.head[:])
	if !ok {
		return record{}, nil
	}
	return r, nil
}

// record reads the record with this sequence; nil when it is not there as a whole. One that was torn when its process was
// killed is none: nothing of it had been appended. It is valid until the next call.
func (v *view) record(pos int64, seq uint64) (*record, error) {
	v.read.seq = 0
	r, err := v.headAt(pos)
	if err != nil || r.seq != seq || seq == 0 || pos+int64(r.total) > v.halfEnd(pos) {
		return nil, err
	}
	if cap(v.buf) < r.total {
		v.buf = make([]byte, r.total)
	}
	v.buf = v.buf[:r.total]
	if _, err = v.f.ReadAt(v.buf, pos); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read journal %q: %w", v.name, err)
	}
	r, ok := parseRecord(v.buf)
	if !ok || r.seq != seq {
		return nil, nil
	}
	v.read, v.read.pos = r, pos
	return &v.read, nil
}

// recall is record for one that was read before. What settled records say does not change, so that of these the one that
// was read last is not read again.
func (v *view) recall(e extent) (*record, error) {
	if v.read.seq == e.seq && e.seq < v.last.seq {
		return &v.read, nil
	}
	return v.record(e.pos, e.seq)
}

// halfEnd returns where the half ends in which pos lies.
func (v *view) halfEnd(pos int64) int64 {
	if pos < v.start(true) {
		return v.start(true)
	}
	return v.size()
}

// settled tells whether the attempt to append a record has come to its end: the mark says so, or a record that follows.
func (v *view) settled(seq uint64) bool {
	if seq <= v.mark || seq < v.last.seq {
		return true
	}
	v.mark = max(v.mark, readMark(v.f))
	return seq <= v.mark
}

// close closes the file, which lets go of its lock when v has it.
func (v *view) close() { _ = v.f.Close() }
