package sink

import (
	"bytes"

	"envelog/internal/sink/journal"
	"envelog/transport"
)

// lines is what is staged for one file: lines, end to end, and the ids of their entries.
type lines struct {
	bytes []byte
	ids   []byte  // end to end
	ends  []idEnd // of each id

	notes []journal.Line // what the journal will remember of each line; empty without a journal
}

// idEnd is where an id ends in the ids of lines, and the source within which it is unique.
type idEnd struct{ at, source int }

// add copies a line and its id, and returns how many bytes of lines that made.
func (l *lines) add(source int, id, line []byte) int {
	before := len(l.bytes)
	l.bytes = append(l.bytes, line...)
	if !bytes.HasSuffix(line, []byte("\n")) {
		l.bytes = append(l.bytes, '\n')
	}
	l.ids = append(l.ids, id...)
	l.ends = append(l.ends, idEnd{len(l.ids), source})
	return len(l.bytes) - before
}

// note keeps what the journal will remember of the line of so many bytes that was added last.
func (l *lines) note(source int, e *transport.Entry, bytes int) {
	l.notes = append(l.notes, journal.Line{
		ID:     journal.ID(e.Key()),
		Source: uint32(source),
		Sum:    payloadSum(e),
		Length: uint32(bytes),
		CRC:    journal.Sum(l.bytes[len(l.bytes)-bytes:]),
	})
}

// payloadSum returns a sum of all that an entry carries.
func payloadSum(e *transport.Entry) uint32 { return e.Checksum() }

// drop removes the lines from the first one on that unwanted says so of. There must be notes.
func (l *lines) drop(first int, unwanted func(note *journal.Line, id EntryID) bool) {
	kept := lines{bytes: l.bytes[:0], ids: l.ids[:0], ends: l.ends[:0], notes: l.notes[:0]}
	start, startID := 0, 0
	for i := range l.notes {
		note, end, endID := l.notes[i], start+int(l.notes[i].Length), l.ends[i].at
		if i < first || !unwanted(&note, EntryID{l.ends[i].source, string(l.ids[startID:endID])}) {
			kept.bytes = append(kept.bytes, l.bytes[start:end]...)
			kept.ids = append(kept.ids, l.ids[startID:endID]...)
			kept.ends = append(kept.ends, idEnd{len(kept.ids), l.ends[i].source})
			kept.notes = append(kept.notes, note)
		}
		start, startID = end, endID
	}
	*l = kept
}

// wholeWithin returns how many of the bytes from from to to belong to lines that end there.
func (l *lines) wholeWithin(from, to int64) int64 {
	if len(l.notes) == 0 {
		return int64(bytes.LastIndexByte(l.bytes[from:to], '\n') + 1)
	}
	end := int64(0)
	for i := range l.notes {
		next := end + int64(l.notes[i].Length)
		if next > to {
			break
		}
		end = next
	}
	return max(end-from, 0)
}

// cut drops the first lines, which have so many bytes.
func (l *lines) cut(lines, bytes int) {
	id := 0
	if lines > 0 {
		id = l.ends[lines-1].at
	}
	l.bytes = append(l.bytes[:0], l.bytes[bytes:]...)
	l.ids = append(l.ids[:0], l.ids[id:]...)
	l.ends = append(l.ends[:0], l.ends[lines:]...)
	for i := range l.ends {
		l.ends[i].at -= id
	}
	l.notes = append(l.notes[:0], l.notes[lines:]...)
}

// entries returns whose lines they are, in memory of its own.
func (l *lines) entries() []EntryID {
	all := string(l.ids)
	entries := make([]EntryID, len(l.ends))
	start := 0
	for i, end := range l.ends {
		entries[i] = EntryID{end.source, all[start:end.at]}
		start = end.at
	}
	return entries
}

// memory returns how many bytes l occupies.
func (l *lines) memory() int { return cap(l.bytes) + cap(l.ids) + 16*cap(l.ends) + 32*cap(l.notes) }

// spare keeps lines that were written, so that the next batch finds its memory ready. It holds no more than spareLimit
// bytes: the memory of one huge batch, or of thousands of files that were once written to, is given back.
type spare struct {
	free   []*lines
	memory int
}

const spareLimit = 8 << 20

// take returns lines without content.
func (s *spare) take() *lines {
	if len(s.free) == 0 {
		return new(lines)
	}
	last := len(s.free) - 1
	l := s.free[last]
	s.free[last] = nil
	s.free = s.free[:last]
	s.memory -= l.memory()
	return l
}

// give takes l back.
func (s *spare) give(l *lines) {
	if s.memory+l.memory() > spareLimit {
		return
	}
	l.bytes, l.ids, l.ends, l.notes = l.bytes[:0], l.ids[:0], l.ends[:0], l.notes[:0]
	s.free = append(s.free, l)
	s.memory += l.memory()
}
