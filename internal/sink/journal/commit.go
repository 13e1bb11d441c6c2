package journal

import (
	"errors"
	"fmt"
	"os"
	"time"

	"envelog/internal/disk"
)

// ErrTooLarge means that a record has no room in a journal.
var ErrTooLarge = errors.New("more lines than the journal has room for")

// Enter begins to compare with the journals of all processes, until [Journal.Leave]: nobody writes in one meanwhile. An
// error means that nothing can be told now.
func (j *Journal) Enter() error {
	if err := j.enter(); err != nil {
		return fmt.Errorf("compare with journals: %w", err)
	}
	return nil
}

func (j *Journal) enter() error {
	if err := j.pass(); err != nil {
		return err
	}
	err := j.update()
	if err != nil {
		j.Leave()
	}
	return err
}

// pass locks the gate. When someone has removed the journals, they are begun anew.
func (j *Journal) pass() error {
	for range 2 {
		if j.own == nil {
			if err := j.open(); err != nil {
				return err
			}
		}
		if err := j.gate.lock(); err != nil {
			return err
		}
		if j.gate.isCurrent() && isAt(j.own.f, j.path(j.own.name)) {
			return nil
		}
		j.options.Logger.Warn("Journals were removed, beginning anew: entries that come again are not recognized.", "path", j.dir)
		j.closeFiles() // the lock goes with it
	}
	return errors.New("journals are removed again and again")
}

// update reads what is new in the journals of others, and settles what the process that had the own one before left.
func (j *Journal) update() error {
	if err := j.list(); err != nil {
		return err
	}
	for _, v := range j.views[1:] {
		if err := v.catchUp(); err != nil {
			return err
		}
		j.raise(v)
	}
	if !j.foreign {
		return nil
	}
	if err := j.resolve(j.own, j.own.last, j.own.f); err != nil {
		return err
	}
	j.foreign = false
	return j.sign()
}

// Leave ends what Enter began.
func (j *Journal) Leave() { j.gate.unlock() }

// Write writes the record of what is about to be appended, between Enter and Leave. Each block must have its lines in
// the order of their bytes. The blocks must not change before Settle.
func (j *Journal) Write(blocks []Block) error {
	if err := j.pay(); err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	record := j.writer.encode(j.own.next, time.Now(), j.keys, blocks)
	if int64(len(record)) > j.own.half {
		return fmt.Errorf("write journal: %w", ErrTooLarge)
	}
	j.pos = j.own.at
	full := j.pos+int64(len(record)) > j.own.end()
	if full {
		j.pos = j.own.start(!j.own.second)
	}
	if _, err := j.own.f.WriteAt(record, j.pos); err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	if full {
		j.own.turn()
	}
	j.blocks = blocks
	j.note(len(record))
	return nil
}

// note adds the record just written to what is known.
func (j *Journal) note(total int) {
	r := record{raw: j.writer.buf, pos: j.pos, seq: j.own.next, total: total, sources: len(j.keys)}
	j.own.add(&r)
	j.raise(j.own)
}

// Sync forces the record to disk.
func (j *Journal) Sync() error {
	if !j.options.Durable {
		return nil
	}
	if err := disk.Datasync(j.own.f); err != nil {
		return fmt.Errorf("sync journal: %w", err)
	}
	return nil
}

// Begin says that a block is about to be appended at this place, whose file is locked. It comes right before that.
func (j *Journal) Begin(block int, place Place) error {
	b := &j.blocks[block]
	moved := b.Place != place
	b.Place, b.Laid = place, true
	if err := j.writeSlot(block, slot{state: begun, place: place}); err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	if !moved {
		return nil // the record has the place already
	}
	return j.Sync()
}

// Withdraw says that no line of the block is in its file, nor will be.
func (j *Journal) Withdraw(block int) error { return j.finish(block, ended) }

// Stick says that the block is in its file in part, or not known to be safe, and that it will be tried again: until then
// nobody else may have its entries.
func (j *Journal) Stick(block int) error { return j.finish(block, stuck) }

func (j *Journal) finish(block int, state uint32) error {
	s := slot{state: state, place: j.blocks[block].Place}
	if err := j.writeSlot(block, s); err != nil {
		j.owed = append(j.owed, owed{j.pos + int64(j.writer.slots[block]), s})
		return fmt.Errorf("write journal: %w", err)
	}
	return nil
}

// owed is a slot that could not be written when a block failed. The next record would make it count as appended.
type owed struct {
	pos  int64
	slot slot
}

// pay writes the slots that are owed.
func (j *Journal) pay() error {
	for len(j.owed) > 0 {
		if _, err := j.own.f.WriteAt(j.owed[0].slot.appendTo(nil), j.owed[0].pos); err != nil {
			return err
		}
		j.owed = j.owed[1:]
	}
	return nil
}

// Settle says that each line of the record is safe, but for the blocks that were withdrawn or are stuck. Other processes
// may rely on it from now on.
func (j *Journal) Settle() error {
	if err := writeMark(j.own.f, j.own.last.seq); err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	j.own.mark = j.own.last.seq
	return nil
}

func (j *Journal) writeSlot(block int, s slot) error {
	j.writer.small = j.writer.appendSlot(j.writer.small[:0], &j.blocks[block], s)
	_, err := j.own.f.WriteAt(j.writer.small, j.pos+int64(j.writer.slots[block]))
	return err
}

func writeMark(f *os.File, seq uint64) error {
	_, err := f.WriteAt(encodeMark(seq), markAt)
	return err
}
