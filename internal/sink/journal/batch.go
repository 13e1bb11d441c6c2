package journal

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"

	"envelog/internal/vfs"
)

// ErrTooLarge means that a record has no room in a journal.
var ErrTooLarge = errors.New("more lines than the journal has room for")

// Outcome says of a block of the last Prepare that not all of it is where Prepare or Move said, or safe.
type Outcome struct {
	Block   int
	Extents []Extent // the lines that are in the file; the others are not, and will not be by this attempt
	// Open says that those lines are not known to be safe, or that a part of another one could not be taken back: the
	// process will try again, and until then nobody else may have the entries. Lines that are tried again are part of a
	// later record.
	Open bool
}

// put is a write to the own journal.
type put struct {
	bytes []byte
	pos   int64
}

// Prepare records what is about to be appended, while the directory lock is held. Each block must have its lines in the
// order of their bytes, and must not change before Commit. After an error nothing of it may be appended.
//
// former are blocks of earlier records that are open: their lines are part of this one, or given up.
func (j *Journal) Prepare(blocks []Block, former []Ref) error {
	if err := j.prepare(blocks, former); err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	return nil
}

func (j *Journal) prepare(blocks []Block, former []Ref) error {
	if err := j.pay(); err != nil {
		return err
	}
	record := j.writer.prepare(j.head(), j.keys, blocks)
	if int64(len(record)) > j.own.segment/2 {
		return ErrTooLarge
	}
	if err := j.makeRoom(int64(len(record)), reserve(len(record), len(blocks))); err != nil {
		return err
	}
	err := j.append(record)
	j.last = j.own.doubt[len(j.own.doubt)-1]
	j.raise(j.own)
	if err == nil {
		err = j.sync()
	}
	if err != nil {
		j.abort(blocks)
		return err
	}
	former, j.stale = append(former, j.stale...), nil
	j.supersede(former)
	return nil
}

// Ref names a block of a record of the own journal, and where lines of it are.
type Ref struct {
	target  target
	extents []Extent
	journal int // of those that this process has had: they may be removed by hand
}

// Ref returns the name of a block of the last Prepare, of which these lines are in the file.
func (j *Journal) Ref(block int, extents []Extent) Ref {
	return Ref{target{j.last.seq, block}, extents, j.adopted}
}

// CommitFormer says of blocks of earlier records that are open that their lines are safe where they are, and that no more of them
// will be written. The directory lock is held. What cannot be written now is written before anything else.
func (j *Journal) CommitFormer(former []Ref) { j.supersede(former) }

// supersede says that the last word on blocks that were open is in the last record, or that their lines are safe where they
// are. What cannot be written is unpaid, and what has no room now is said with the next record.
func (j *Journal) supersede(former []Ref) {
	var decisions []decision
	for _, f := range former {
		if f.journal == j.adopted {
			decisions = append(decisions, decision{target: f.target, state: final, extents: f.extents})
		}
	}
	if len(decisions) == 0 {
		return
	}
	next := j.own.next
	if err := j.append(j.writer.decide(j.head(), decisions)); err != nil && j.own.next == next {
		j.stale = append(j.stale, former...)
	}
	j.own.raise(mark{})
}

// MostFiles returns how many files one Prepare may be about: what is said of their blocks later needs room behind the record, and a file
// that failed before has two.
func (j *Journal) MostFiles() int {
	const few = 4                  // of the smallest journal, in whose segment they have room
	segment := j.options.Bytes / 2 // about: its own file may not be open yet
	return max(few, int(segment/(2*8*sector)))
}

// reserve is how much room after a record is left for what is said of its blocks later.
func reserve(record, blocks int) int64 { return int64(record/2 + (2+4*blocks)*sector) }

// head returns the head of the next record of the own journal.
func (j *Journal) head() head {
	return head{seq: j.own.next, prev: j.own.prev, committed: j.own.mark.committed, boot: j.boot}
}

// makeRoom begins the other segment when a record and what belongs to it do not fit into this one.
func (j *Journal) makeRoom(record, reserve int64) error {
	v := j.own
	if v.at+record+reserve <= v.end(v.start(v.second)) {
		return nil
	}
	if v.at == v.start(v.second) {
		return ErrTooLarge // not even in an empty segment
	}
	return j.turn()
}

// turn begins the other segment, unless something there is undecided.
func (j *Journal) turn() error {
	v := j.own
	for _, p := range v.doubt {
		if v.end(p.pos) != v.end(v.at-1) {
			return errors.New("journal is full of records that are not committed")
		}
	}
	v.turn()
	return nil
}

// append adds a record to the own journal. It counts as written also when an error says that it is still to be.
func (j *Journal) append(record []byte) error {
	pos := j.own.at
	if pos+int64(len(record)) > j.own.end(j.own.start(j.own.second)) {
		if err := j.turn(); err != nil {
			return err
		}
		pos = j.own.at
	}
	r, ok := parseRecord(record)
	if !ok {
		return errors.New("journal: encoded a record that cannot be read") // a defect of this package
	}
	j.own.add(&r)
	if j.options.Durable {
		j.unsynced = append(j.unsynced, put{bytes.Clone(record), pos})
	}
	return j.put(put{record, pos})
}

// put writes to the own journal. What fails is kept, and comes before all that follows.
func (j *Journal) put(p put) error {
	err := j.pay()
	if err == nil && p.pos == markAt {
		err = j.syncRecords()
	}
	if err == nil {
		_, err = j.own.f.WriteAt(p.bytes, p.pos)
	}
	if err != nil {
		j.unpaid = append(j.unpaid, put{bytes.Clone(p.bytes), p.pos})
	}
	return err
}

// pay repeats the writes that failed. Records are written from the last to the first: readers see none of them before
// all are there. Otherwise one that was aborted could be left behind without the word that says so. The mark, which
// relies on the records, is the last.
func (j *Journal) pay() error {
	for len(j.unpaid) > 0 {
		at := j.nextUnpaid()
		p := j.unpaid[at]
		if p.pos == markAt {
			if err := j.syncRecords(); err != nil {
				return err
			}
		}
		if _, err := j.own.f.WriteAt(p.bytes, p.pos); err != nil {
			return err
		}
		if p.pos != markAt && j.options.Durable {
			j.unsynced = append(j.unsynced, p)
		}
		j.unpaid = slices.Delete(j.unpaid, at, at+1)
	}
	return nil
}

// syncRecords forces records to disk that are not there yet, before a mark is written that relies on them: a power cut
// must not leave the mark alone.
func (j *Journal) syncRecords() error {
	if len(j.unsynced) == 0 {
		return nil
	}
	return j.sync()
}

// nextUnpaid returns the index of the write that comes next: of the last record, or of the first mark.
func (j *Journal) nextUnpaid() int {
	for i, p := range slices.Backward(j.unpaid) {
		if p.pos != markAt {
			return i
		}
	}
	return 0
}

// sync forces the own journal to disk. After a sync that failed the kernel takes pages for clean that are not on disk:
// what they hold is written again.
func (j *Journal) sync() error {
	if !j.options.Durable {
		return nil
	}
	err := j.own.f.Datasync()
	if err == nil {
		j.unsynced = j.unsynced[:0]
		return nil
	}
	j.unpaid, j.unsynced = append(j.unsynced, j.unpaid...), nil
	return err
}

// abort says that nothing of the last record was appended, nor will be, except for the lines that were in their files before:
// these are tried again. What cannot be written is unpaid.
func (j *Journal) abort(blocks []Block) {
	outcomes := make([]Outcome, len(blocks))
	for i, b := range blocks {
		outcomes[i].Block = i
		if b.Laid {
			outcomes[i].Open, outcomes[i].Extents = true, []Extent{{Off: b.Place.Off, Lines: len(b.Lines)}}
			j.stale = append(j.stale, j.Ref(i, outcomes[i].Extents))
		}
	}
	_ = j.decide(outcomes)
	_ = j.putMark(mark{appended: j.last.seq, committed: j.last.seq})
}

// Move says that a block is about to be appended at another place than Prepare has. It comes right before that, while
// the file is locked.
func (j *Journal) Move(index int, moved *Block) error {
	err := j.append(j.writer.move(j.head(), target{j.last.seq, index}, moved))
	if err == nil {
		err = j.sync()
	}
	if err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	return nil
}

// Appended says that all blocks of the last Prepare are in their files, except those of which the outcomes say
// otherwise. The directory lock is still held. When it fails, others append to none of these files until it has
// succeeded: it is repeated before anything else is prepared.
func (j *Journal) Appended(outcomes []Outcome) error {
	err := errors.Join(j.decide(outcomes), j.putMark(mark{appended: j.last.seq}))
	if err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	return nil
}

// Tell says what is in the files of the last Prepare now, as far as it is not what Prepare or Move said. It comes before
// anything is removed from them: what a block has there tells how far its process got.
func (j *Journal) Tell(outcomes []Outcome) error {
	if err := j.decide(outcomes); err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	return nil
}

// Repeat writes what could not be written before, if anything. The directory lock is held.
func (j *Journal) Repeat() error {
	if err := j.pay(); err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	return nil
}

// Commit says that the lines of the last Prepare are safe, except those of which the outcomes say otherwise. Other
// processes may rely on it from now on. After an error nothing of it counts as safe.
func (j *Journal) Commit(outcomes []Outcome) error {
	err := j.decide(outcomes)
	if err == nil {
		err = j.commit()
	}
	if err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	return nil
}

// commit raises the mark, now or not at all.
func (j *Journal) commit() error {
	m := mark{appended: j.last.seq, committed: j.last.seq}
	m.raise(j.own.mark)
	err := j.pay()
	if err == nil {
		err = j.syncRecords()
	}
	if err == nil {
		_, err = j.own.f.WriteAt(m.encode(), markAt)
	}
	if err != nil {
		return err
	}
	j.own.raise(m)
	return nil
}

// decide writes what became of blocks of the last record, and forces it to disk: an equal line of another entry may stand
// at their place soon.
func (j *Journal) decide(outcomes []Outcome) error {
	if len(outcomes) == 0 {
		return nil
	}
	decisions := make([]decision, len(outcomes))
	for i, o := range outcomes {
		decisions[i] = decision{target: target{j.last.seq, o.Block}, state: placed, extents: o.Extents}
		if o.Open {
			decisions[i].state = open
		}
	}
	err := j.append(j.writer.decide(j.head(), decisions))
	if err == nil {
		err = j.sync()
	}
	return err
}

// putMark raises the mark, now or when what is unpaid is written.
func (j *Journal) putMark(m mark) error {
	m.raise(j.own.mark)
	j.own.raise(m)
	return j.put(put{m.encode(), markAt})
}

// Blocked returns why nobody may append to a file now, while the directory lock is held; nil: it may be done.
func (j *Journal) Blocked(info vfs.Info) error {
	return cmp.Or(j.unknown, j.blocked[fileID{info.Dev, info.Ino}])
}
