package sink

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"envelog/internal/disk"
	"envelog/internal/filename"
	"envelog/internal/sink/journal"
	"envelog/internal/transport"
)

// openJournal opens the journal, when there is to be one. A file system without locks has none.
func (s *Sink) openJournal() (err error) {
	if s.options.Journal == "" {
		return nil
	}
	s.journal, err = journal.Open(journal.Options{
		Dir:     s.options.Dir,
		Name:    filename.Encode([]byte(s.options.Journal)),
		Sources: s.options.Sources,
		Durable: s.options.Sync == SyncBatch,
		Mode:    s.options.FileMode,
		DirMode: s.options.DirMode,
		Logger:  s.log,
	})
	if errors.Is(err, disk.ErrNoLocks) {
		s.log.Warn("Log directory has no file locks, so that there is no journal: entries that come again are written again.",
			"path", s.options.Dir)
		return nil
	}
	if err != nil {
		return fmt.Errorf("%w%s", err, cure(s.options.Dir, err))
	}
	return nil
}

// Written tells whether the line of an entry is in a file already, as safe as lines are when Commit returns: then it is
// to be acknowledged without being staged. For an entry that was added to its source after all that the journals know,
// the answer costs one comparison. It may be no for a line that another process is about to write, or has just written:
// Commit has the last word.
func (s *Sink) Written(source int, e *transport.Entry) bool {
	if s.journal == nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	l := journal.Line{ID: journal.ParseID(e.ID), Source: uint32(source)}
	if !s.journal.MayKnow(l.Source, l.ID) {
		return false
	}
	l.Sum = payloadSum(e)
	return s.journal.Recall(&l)
}

// RemoveJournals removes the journals of processes that are gone: an hour after their last record when isPending says, of
// each source, that no entry with an id from min to max is, and after thirty days in any case. It may be called at any
// time, by anyone; isPending may take its time.
func (s *Sink) RemoveJournals(isPending func(source int, min, max string) (bool, error)) error {
	if s.journal == nil {
		return nil
	}
	leftovers, err := s.leftovers()
	for _, l := range leftovers {
		settled, failure := isSettled(l, isPending)
		if failure == nil && settled {
			failure = s.removeJournal(l)
		}
		err = errors.Join(err, failure)
	}
	return err
}

func (s *Sink) leftovers() ([]journal.Leftover, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, nil
	}
	return s.journal.Leftovers()
}

func (s *Sink) removeJournal(l journal.Leftover) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	return s.journal.Remove(l)
}

// isSettled tells whether no entry that a journal has is pending.
func isSettled(l journal.Leftover, isPending func(source int, min, max string) (bool, error)) (bool, error) {
	for _, span := range l.Spans {
		if pending, err := isPending(span.Source, span.Min.String(), span.Max.String()); pending || err != nil {
			return false, err
		}
	}
	return true, nil
}

// record compares what is staged with the journals of all processes, drops what is not to be written, and writes in the
// own journal what is about to be appended. It tells whether it did; if not, and there is something to append, errs has
// the reasons.
func (s *Sink) record(files []*file, errs []error) bool {
	if s.journal == nil {
		return false
	}
	for i, f := range files {
		errs[i] = step("open", s.ensureOpen(f))
	}
	blocks, err := s.enterRecord(files, errs)
	if err == nil && blocks > 0 {
		err = s.journal.Sync()
	}
	for i := range errs {
		if errs[i] == nil {
			errs[i] = err
		}
	}
	return err == nil && blocks > 0
}

// enterRecord does what other processes must not do at the same time. It returns how many blocks the record has.
func (s *Sink) enterRecord(files []*file, errs []error) (int, error) {
	if err := s.enter(); err != nil {
		return 0, err
	}
	defer s.journal.Leave()
	s.blocks = s.blocks[:0]
	for i, f := range files {
		f.blocks = f.blocks[:0]
		if errs[i] == nil {
			errs[i] = s.compare(f)
		}
		if errs[i] == nil {
			errs[i] = s.plan(f)
		}
	}
	if len(s.blocks) == 0 {
		return 0, nil
	}
	return len(s.blocks), s.journal.Write(s.blocks)
}

// enter makes the log directory anew when it was removed.
func (s *Sink) enter() error {
	err := s.journal.Enter()
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := makeDir(s.options.Dir, s.options.DirMode); err != nil {
		return fmt.Errorf("create directory: %w", bare(err))
	}
	return s.journal.Enter()
}

// compare drops the lines of entries that other processes have written, or have in hand. What an earlier attempt has left
// in the file is in nobody else's hands.
func (s *Sink) compare(f *file) (err error) {
	first := f.firstFresh()
	if len(f.torn) > 0 || !s.mayBeKnown(f.lines.notes[first:]) {
		return nil
	}
	before := len(f.lines.bytes)
	f.lines.drop(first, func(note *journal.Line, id []byte) bool {
		if err != nil {
			return false
		}
		verdict, failure := s.journal.Ask(note)
		if err = failure; verdict == journal.Held {
			s.held = append(s.held, slices.Clone(id))
		}
		return err == nil && verdict != journal.Unknown
	})
	s.staged -= before - len(f.lines.bytes)
	return err
}

// firstFresh returns the index of the first line that does not lie in the file since an earlier attempt.
func (f *file) firstFresh() (first int) {
	laid := f.laidTo()
	for at := int64(0); at < laid; first++ {
		at += int64(f.lines.notes[first].Length)
	}
	return first
}

// mayBeKnown tells whether any of the entries can be in a journal.
func (s *Sink) mayBeKnown(notes []journal.Line) bool {
	for start := 0; start < len(notes); {
		source, low, high := notes[start].Source, notes[start].ID, notes[start].ID
		end := start + 1
		for ; end < len(notes) && notes[end].Source == source; end++ {
			low, high = lower(low, notes[end].ID), higher(high, notes[end].ID)
		}
		if s.journal.MayKnowSome(source, low, high) {
			return true
		}
		start = end
	}
	return false
}

func lower(a, b journal.ID) journal.ID {
	if b.Compare(a) < 0 {
		return b
	}
	return a
}

func higher(a, b journal.ID) journal.ID {
	if b.Compare(a) > 0 {
		return b
	}
	return a
}

// plan adds the blocks of f to the record: what lies in the file since earlier attempts, and what is about to be
// appended to its end.
func (s *Sink) plan(f *file) error {
	if len(f.lines.bytes) == 0 {
		return nil
	}
	info, err := f.fd.Stat()
	if err != nil {
		return step("look at size", err)
	}
	end := span{from: f.laidTo(), to: int64(len(f.lines.bytes)), off: info.Size()}
	if len(f.torn) > 0 {
		end.off = f.torn[0].off
	}
	line := 0
	for _, piece := range append(slices.Clip(f.laid), end) {
		if piece.from == piece.to {
			continue
		}
		first := line
		for at := piece.from; at < piece.to; line++ {
			at += int64(f.lines.notes[line].Length)
		}
		f.blocks = append(f.blocks, blockRef{index: len(s.blocks), from: piece.from})
		s.blocks = append(s.blocks, journal.Block{
			Name:  filepath.Base(f.path),
			Lines: f.lines.notes[first:line],
			Bytes: piece.of(f.lines),
			Place: journal.PlaceOf(f.info, piece.off),
			Laid:  piece != end || len(f.torn) > 0,
		})
	}
	return nil
}

// conclude tells the journal what became of its record. While lines lie in a file and are not known to be safe, nobody
// else may take their entries in hand. A journal that cannot be told is a file system that has failed meanwhile, and its
// syncs are not believed: ext4 answers some of them with success while it gives up its own journal (jbd2_complete_transaction).
func (s *Sink) conclude(files []*file, errs []error) {
	err := s.finish(files, func(i int) bool { return errs[i] != nil })
	if err == nil {
		err = s.journal.Settle()
	}
	if err == nil {
		return
	}
	s.log.Warn("The journal cannot be written to the end.", "error", err)
	doubtful := func(i int) bool { return errs[i] == nil && len(files[i].blocks) > 0 }
	_ = s.finish(files, doubtful) // what cannot be written is owed, and comes before the next record
	for i := range files {
		if doubtful(i) {
			errs[i] = step("settle", err)
		}
	}
}

// finish tells the journal of the blocks of some files that they are not safe.
func (s *Sink) finish(files []*file, which func(i int) bool) (err error) {
	for i, f := range files {
		if !which(i) {
			continue
		}
		end := s.journal.Withdraw
		if len(f.laid)+len(f.torn) > 0 {
			end = s.journal.Stick
		}
		for _, b := range f.blocks {
			err = errors.Join(err, end(b.index))
		}
	}
	return err
}
