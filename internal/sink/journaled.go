package sink

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"envelog/internal/faultpoint"
	"envelog/internal/filename"
	"envelog/internal/logdir"
	"envelog/internal/sink/journal"
	"envelog/internal/vfs"
	"envelog/transport"
)

// openJournal opens the journal, when there is to be one. A file system without locks has none.
func (s *Sink) openJournal() (err error) {
	if s.options.Journal == "" {
		return nil
	}
	options := journal.Options{
		FS:      s.fs,
		Dir:     s.options.Dir,
		Name:    filename.Encode([]byte(s.options.Journal)),
		Sources: s.options.Sources,
		Durable: s.options.Sync == SyncBatch,
		Mode:    s.options.FileMode,
		DirMode: s.options.DirMode,
		Bytes:   s.options.JournalBytes,
		Logger:  s.log,
	}
	err = vfs.Insist(func() (err error) {
		s.journal, err = journal.Open(options)
		return err
	})
	if errors.Is(err, vfs.ErrNoLocks) && !journal.Exists(s.fs, s.options.Dir) {
		s.log.Warn("Log directory has no file locks, so that there is no journal: entries that come again are written again.",
			"path", s.options.Dir)
		return nil
	}
	if err != nil {
		return logdir.Explain(s.options.Dir, err)
	}
	return nil
}

// Written reports whether the line of an entry is in a file already, as safe as lines are when Commit returns: then it is
// to be acknowledged without being staged. For an entry that was added to its source after all that the journals know,
// the answer costs one comparison. It may be no for a line that another process is about to write, or has just written:
// Commit has the last word.
func (s *Sink) Written(source int, e *transport.Entry) bool {
	if s.journal == nil {
		return false
	}
	s.lock()
	defer s.unlock()
	l := journal.Line{ID: journal.ID(e.Key()), Source: uint32(source)}
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
	s.lock()
	defer s.unlock()
	if s.closed {
		return nil, nil
	}
	return s.journal.Leftovers()
}

func (s *Sink) removeJournal(l journal.Leftover) error {
	s.lock()
	defer s.unlock()
	if s.closed {
		return nil
	}
	return s.journal.Remove(l)
}

// isSettled reports whether no entry that a journal has is pending.
func isSettled(l journal.Leftover, isPending func(source int, min, max string) (bool, error)) (bool, error) {
	for _, span := range l.Spans {
		if pending, err := isPending(span.Source, span.Min.String(), span.Max.String()); pending || err != nil {
			return false, err
		}
	}
	return true, nil
}

// appendJournaled appends lines while this process holds the directory lock. What other processes have written, or have in
// flight, is dropped before. It reports whether the journal has a record of the others; if not, and there is something to
// append, errs has the reasons.
func (s *Sink) appendJournaled(files []*file, errs []error) (prepared bool) {
	for i, f := range files {
		moved, err := s.isMoved(f)
		if err == nil && !moved { // otherwise saveMoved opens it
			err = s.ensureOpen(f)
		}
		errs[i] = step("open", err)
	}
	faultpoint.At("before-journal")
	err := s.lockJournals()
	if err == nil {
		defer s.journal.Unlock()
		s.saveMoved(files, errs)
		prepared, err = s.prepare(files, errs)
	}
	if err == nil && prepared {
		faultpoint.At("after-journal")
		s.writeAll(files, errs)
		err = s.tellAppended(files, errs)
	}
	for i := range errs {
		if errs[i] == nil && err != nil {
			errs[i] = journalError{err}
		}
	}
	return prepared
}

// lockJournals takes the directory lock. It makes the log directory again when it was removed.
func (s *Sink) lockJournals() error {
	err := s.journal.Lock()
	if err == nil {
		return nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return s.explainLock(err)
	}
	if err := logdir.Make(s.fs, s.options.Dir, s.options.DirMode); err != nil {
		return err
	}
	if err := s.journal.Lock(); err != nil {
		return s.explainLock(err)
	}
	return nil
}

// explainLock adds the cure, and leaves the path that the error may have.
func (s *Sink) explainLock(err error) error {
	return logdir.Explain(s.options.Dir, fmt.Errorf("lock journals: %w", err))
}

// prepare records what is about to be appended, if there is anything.
func (s *Sink) prepare(files []*file, errs []error) (bool, error) {
	s.blocks, s.former = s.blocks[:0], append(s.former[:0], s.dropped...)
	for i, f := range files {
		f.blocks = f.blocks[:0]
		if errs[i] == nil {
			errs[i] = s.compare(f)
		}
		if errs[i] == nil {
			errs[i] = s.takeBackAlone(f)
		}
		if errs[i] == nil {
			errs[i] = s.plan(f)
		}
		if errs[i] == nil && len(f.lines.notes) == 0 { // all of them are safe in a file that was moved
			s.former = append(s.former, f.former...)
		}
	}
	if len(s.blocks) == 0 {
		s.journal.CommitFormer(s.former)
		s.dropped = s.dropped[:0]
		return false, nil
	}
	if err := s.journal.Prepare(s.blocks, s.former); err != nil {
		return false, err
	}
	s.dropped = s.dropped[:0]
	for _, f := range files {
		if len(f.blocks) > 0 {
			f.former = f.former[:0]
		}
	}
	return true, nil
}

// takeBackAlone takes back the torn pieces of a file to which nothing is to be appended any more: another process has written these
// lines since. The journal must know of them before.
func (s *Sink) takeBackAlone(f *file) error {
	if len(f.lines.bytes) > 0 || len(f.torn)+len(f.blanked) == 0 {
		return nil
	}
	if err := s.journal.Repeat(); err != nil {
		return journalError{err}
	}
	if err := s.acquire(f); err != nil {
		return err
	}
	defer f.fd.Unlock()
	f.dirty = true
	return step("take back torn line", s.takeBack(f))
}

// saveMoved puts a file in order whose name stands for another one now, such as after a rename by hand between a write or a sync
// that failed and the next attempt: lines that are in it are made safe, and a part of one is taken back. What cannot be found any
// more is appended again.
func (s *Sink) saveMoved(files []*file, errs []error) {
	for i, f := range files {
		if errs[i] != nil {
			continue
		}
		moved, err := s.isMoved(f)
		if err != nil || !moved {
			errs[i] = step("look at name", err)
			continue
		}
		if f.fd != nil {
			s.close(f) // a piece is cut off where nobody has the file open
		}
		if errs[i] = s.saveLeft(f); errs[i] != nil {
			continue
		}
		f.forgetLeft()
		if len(f.lines.notes) > 0 { // otherwise nothing needs the new file
			errs[i] = step("open", s.ensureOpen(f))
		}
	}
}

// saveLeft takes back the torn pieces and saves the laid lines wherever their file is in the directory now.
func (s *Sink) saveLeft(f *file) error {
	moved, err := s.findMoved(f.info)
	if err != nil || moved == nil {
		return step("look for it under another name", err)
	}
	defer func() { _ = moved.Close() }()
	if err := s.lockFile(moved); err != nil {
		return step("lock", err)
	}
	if err := s.takeBackMoved(f, moved); err != nil {
		return step("take back torn line", err)
	}
	return step("write again", s.saveLaid(f, moved))
}

// takeBackMoved takes back the torn pieces. The journal must know of them before: what a block has in the file tells how far its
// process got.
func (s *Sink) takeBackMoved(f *file, moved vfs.File) error {
	if len(f.torn)+len(f.blanked) == 0 && !f.cut {
		return nil
	}
	if err := s.journal.Repeat(); err != nil {
		return journalError{err}
	}
	err := f.takeBack(moved, overwriting(moved))
	if err == nil && s.options.Sync == SyncBatch {
		err = moved.Datasync()
	}
	return err
}

// overwriting returns what writes to a file that is not open for appending.
func overwriting(w vfs.File) func(b []byte, off int64) error {
	return func(b []byte, off int64) error {
		_, err := w.WriteAt(b, off)
		return err
	}
}

// saveLaid writes the laid lines over themselves, syncs them, and drops them: they are saved.
func (s *Sink) saveLaid(f *file, moved vfs.File) error {
	for _, l := range f.laid {
		ours, err := holds(moved, l.of(f.lines), l.off)
		if err != nil || !ours {
			return err
		}
		if err := lay(moved, l.of(f.lines), l.off, overwriting(moved)); err != nil {
			return err
		}
	}
	if len(f.laid) > 0 && s.options.Sync == SyncBatch {
		if err := moved.Datasync(); err != nil {
			return err
		}
	}
	s.staged -= int(f.laidTo())
	f.lines.cut(f.firstFresh(), int(f.laidTo()))
	return nil
}

// findMoved opens the file that info describes under the name that it has in the directory now; nil when it has none.
func (s *Sink) findMoved(info vfs.Info) (vfs.File, error) {
	names, err := s.fs.ReadDir(s.options.Dir)
	if err != nil {
		return nil, err
	}
	var failed error // a file that cannot be looked at may be the one
	for _, name := range names {
		path := filepath.Join(s.options.Dir, name)
		found, err := s.fs.Lstat(path)
		if err == nil && vfs.SameFile(found, info) {
			return s.openSame(path, info)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			failed = errors.Join(failed, err)
		}
	}
	return nil, failed
}

// compare drops the lines of entries that other processes have written, or have in flight. What an earlier attempt has
// left in the file is this process's own.
func (s *Sink) compare(f *file) (err error) {
	first := f.firstFresh()
	if !s.mayBeKnown(f.lines.notes[first:]) {
		return nil
	}
	before := len(f.lines.bytes)
	f.lines.drop(first, func(note *journal.Line, id EntryID) bool {
		if err != nil {
			return false
		}
		verdict, failure := s.journal.Lookup(note)
		if err = asJournal(failure); verdict == journal.Held {
			s.held = append(s.held, id)
		}
		return err == nil && verdict != journal.Unknown
	})
	s.staged -= before - len(f.lines.bytes)
	return err
}

// asJournal lays an error to the journal.
func asJournal(err error) error {
	if err == nil {
		return nil
	}
	return journalError{err}
}

// firstFresh returns the index of the first line that is not in the file since an earlier attempt.
func (f *file) firstFresh() (first int) {
	laid := f.laidTo()
	for at := int64(0); at < laid; first++ {
		at += int64(f.lines.notes[first].Length)
	}
	return first
}

// mayBeKnown reports whether any of the entries can be in a journal.
func (s *Sink) mayBeKnown(notes []journal.Line) bool {
	for start := 0; start < len(notes); {
		source, low, high := notes[start].Source, notes[start].ID, notes[start].ID
		end := start + 1
		for ; end < len(notes) && notes[end].Source == source; end++ {
			low, high = journal.Older(low, notes[end].ID), journal.Newer(high, notes[end].ID)
		}
		if s.journal.MayKnowSome(source, low, high) {
			return true
		}
		start = end
	}
	return false
}

// plan adds the blocks of f to the record: what is in the file since earlier attempts, and what is about to be
// appended to its end.
func (s *Sink) plan(f *file) error {
	if len(f.lines.bytes) == 0 {
		return nil
	}
	if err := s.ensureOpen(f); err != nil { // it was closed for another one, when too many are open
		return step("open", err)
	}
	info, err := f.fd.Stat()
	if err != nil {
		return step("look at size", err)
	}
	if err := s.journal.Blocked(info); err != nil {
		return journalError{err}
	}
	end := span{from: f.laidTo(), to: int64(len(f.lines.bytes)), off: info.Size}
	line := 0
	for _, piece := range append(slices.Clip(f.laid), end) {
		if piece.from == piece.to {
			continue
		}
		first := line
		for at := piece.from; at < piece.to; line++ {
			at += int64(f.lines.notes[line].Length)
		}
		f.blocks = append(f.blocks, blockRef{
			index: len(s.blocks), from: piece.from, to: piece.to, lines: first, told: wholeAt(piece.off, line-first),
		})
		s.blocks = append(s.blocks, journal.Block{
			Name:  filepath.Base(f.path),
			Lines: f.lines.notes[first:line],
			Bytes: piece.of(f.lines),
			Place: journal.PlaceOf(f.info, piece.off),
			Laid:  piece != end,
		})
	}
	s.former = append(s.former, f.former...)
	return nil
}

// move tells the journal where the lines from first on are about to be appended, when that is not where they were planned:
// others have appended meanwhile, or the file is another one now.
func (s *Sink) move(f *file, first int64, info vfs.Info) error {
	if s.journal == nil {
		return nil
	}
	for i, b := range f.blocks {
		place := journal.PlaceOf(info, info.Size+b.from-first)
		block := &s.blocks[b.index]
		if b.from < first || block.Place == place {
			continue
		}
		if err := s.journal.Blocked(info); err != nil {
			return journalError{err}
		}
		block.Name, block.Place, block.Laid = filepath.Base(f.path), place, false
		if err := s.journal.Move(b.index, block); err != nil {
			return journalError{err}
		}
		f.blocks[i].told = wholeAt(place.Off, len(block.Lines))
	}
	return nil
}

// wholeAt is what the journal takes for granted of a block that it has a place of.
func wholeAt(off int64, lines int) outcome {
	return outcome{Extents: []journal.Extent{{Off: off, Lines: lines}}}
}

// tellAppended tells the journal what is in the files now. Unless lines are synced before they are acknowledged, that is
// all there is to it.
func (s *Sink) tellAppended(files []*file, errs []error) error {
	tell := s.journal.Appended
	if s.options.Sync != SyncBatch {
		tell = s.journal.Commit
	}
	err := tell(s.outcomes(files, errs))
	if err != nil {
		s.warnOfJournal(err)
		s.rememberBlocks(files)
		return step("write journal", err)
	}
	return nil
}

// tellTorn tells the journal what a failed write has left in a file.
func (s *Sink) tellTorn(f *file, failed error) error {
	if s.journal == nil {
		return nil
	}
	return s.journal.Tell(s.outcomes([]*file{f}, []error{failed}))
}

// commit tells the journal that lines are safe, except those of files that failed. A journal that cannot be told is a file
// system that has failed meanwhile, and its syncs are not believed: ext4 answers some of them with success while it gives
// up its own journal (jbd2_complete_transaction).
func (s *Sink) commit(files []*file, errs []error) {
	err := s.journal.Commit(s.outcomes(files, errs))
	if err == nil {
		return
	}
	s.warnOfJournal(err)
	s.rememberBlocks(files)
	for i := range files {
		if errs[i] == nil && len(files[i].blocks) > 0 {
			errs[i] = journalError{step("commit", err)}
		}
	}
}

// warnOfJournal logs that the journal does not say of some lines what became of them, although they are in their files.
func (s *Sink) warnOfJournal(err error) {
	s.log.Warn("The journal could not be written to the end; its lines are not acknowledged, and tried again until it can. "+
		"Look at the disk of the log directory.", "path", s.options.Dir, "error", err)
}

// rememberBlocks notes the blocks of files whose lines stay staged: the next record supersedes them.
func (s *Sink) rememberBlocks(files []*file) {
	for _, f := range files {
		f.former = f.former[:0]
		for _, b := range f.blocks {
			f.former = append(f.former, s.journal.Ref(b.index, b.told.Extents))
		}
	}
}

// outcomes returns what the journal does not know yet of the blocks of files: those that failed, and those that are at
// another place, since a process that does not lock was faster.
func (s *Sink) outcomes(files []*file, errs []error) (outcomes []journal.Outcome) {
	for i, f := range files {
		for k := range f.blocks {
			b := &f.blocks[k]
			o := journal.Outcome{Block: b.index, Extents: f.extentsOf(b)}
			o.Open = errs[i] != nil && (len(o.Extents) > 0 || len(f.torn) > 0)
			if b.told.isSame(o) {
				continue
			}
			if o.Open {
				f.former = append(f.former, s.journal.Ref(b.index, o.Extents))
			}
			b.told = outcome(o)
			outcomes = append(outcomes, o)
		}
	}
	return outcomes
}

// outcome is what the journal was told of a block.
type outcome journal.Outcome

// isSame reports whether o says nothing new.
func (told outcome) isSame(o journal.Outcome) bool {
	return told.Open == o.Open && slices.Equal(told.Extents, o.Extents)
}

// extentsOf returns which lines of a block are in the file, and where.
func (f *file) extentsOf(b *blockRef) (extents []journal.Extent) {
	for _, l := range f.laid {
		from, to := max(l.from, b.from), min(l.to, b.to)
		if from >= to {
			continue
		}
		first, line := -1, b.lines
		for at := b.from; at < to; line++ {
			if at >= from && first < 0 {
				first = line
			}
			at += int64(f.lines.notes[line].Length)
		}
		extents = append(extents, journal.Extent{Off: l.off + from - l.from, First: first - b.lines, Lines: line - first})
	}
	return extents
}
