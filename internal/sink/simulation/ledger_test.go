package simulation

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"envelog/internal/rejected"
	"envelog/internal/sink"
	"envelog/internal/vfs"
	"envelog/internal/vfs/simfs"
)

// violation is an invariant that a run has broken.
type violation struct {
	kind string // one word: see the documentation of the package
	what string
}

func (v *violation) Error() string { return v.kind + ": " + v.what }

// tally is how often a text stands in the files, and how often it has to and may.
type tally struct {
	text   string
	there  int
	least  int
	most   int
	alike  int // lines of writers without a journal that are equal to an entry's: see excuse
	places []area
}

// commonPrefix is the length of the pieces that the journal does not tell from the beginnings of others' lines.
const commonPrefix = 64

// area is a part of a file that nobody may change.
type area struct {
	ino      uint64
	from, to int64
	of       string
	cut      bool // any part of it may stand there
	stays    bool // in front of what another program appends to it
}

// ledger knows what has to be in the files.
type ledger struct {
	r         *run
	tallies   map[string]*tally
	all       []*tally
	protected map[uint64][]area
	known     map[[2]uint64]bool // ino and offset of what is protected
	removed   []vfs.File         // that an operator or retention has removed; their lines count
	archives  map[uint64]archive
	origins   map[uint64]uint64 // of archives: the file that each was made of
	slips     []area            // see interrupted
	undone    []area            // what killed workers have taken back of their pieces, and nobody has synced since
	pieces    []area            // of lines, that kills have left and nobody has taken back yet
	misplaced []misplaced       // batches of killed workers at another place than their journals name
	halves    []half            // what writes that were cut short have left of batches of killed workers
	lockless  map[string]int    // the step at which a writer without locks last appended, by path
	repeated  int               // lines of archives that retention has removed beside files that begin with them
	excused   int               // lines that the rules for writers without locks excuse
	blank     int
	cut       bool           // the power was cut, or pages were lost otherwise
	dropped   []dropped      // what the kernel has lost whose sync had failed
	untold    map[uint64]int // files whose sync failed right before a kill, so that no journal tells of it, and the step of that kill
	told      map[string]int // the step at which a journal was last written, by name
	settled   map[string]int // the step at which it was last forced to disk
	refused   map[string]int // the step at which a call to it failed last
	cutAt     int            // the step of the last power cut; 0: none
	forgot    map[string]int // the step at which the kernel last dropped a page of a journal, by name
	strange   []string
}

// misplaced is a batch that stands behind a line of a writer without locks, of which its worker was killed before its journal had that
// on disk.
type misplaced struct{ slot, life, killed int }

// half is what a write that was cut short has left of a batch, whose worker was killed before it could say so.
type half struct {
	misplaced
	area
}

// dropped is a part of a file that the kernel has lost, and what it was.
type dropped struct {
	area
	was []byte // nil: it has been found out since that it is gone
}

func newLedger(r *run) *ledger {
	return &ledger{r: r, tallies: make(map[string]*tally), protected: make(map[uint64][]area), known: make(map[[2]uint64]bool), archives: make(map[uint64]archive), origins: make(map[uint64]uint64), lockless: make(map[string]int), untold: make(map[uint64]int), told: make(map[string]int), settled: make(map[string]int), refused: make(map[string]int), forgot: make(map[string]int)}
}

func (l *ledger) tally(text string) *tally {
	t := l.tallies[text]
	if t == nil {
		t = &tally{text: text}
		l.tallies[text] = t
		l.all = append(l.all, t)
	}
	return t
}

// changed is told before the bytes of a file change.
func (l *ledger) changed(c simfs.Change) {
	if c.Process == nil {
		l.r.noteLost(c.Ino)
		l.lost(c)
		l.forgets(c.Ino)
		return
	}
	l.pieces = slices.DeleteFunc(l.pieces, func(a area) bool { return c.Ino == a.ino && endsOtherwise(c, a) })
	slot := l.r.slotOf(c.Process)
	for _, a := range l.protected[c.Ino] {
		from, to := max(a.from, c.Off), min(a.to, c.Off+int64(len(c.Old)))
		if from >= to {
			continue
		}
		old, now := c.Old[from-c.Off:to-c.Off], []byte(nil)
		if from-c.Off < int64(len(c.New)) {
			now = c.New[from-c.Off : min(to-c.Off, int64(len(c.New)))]
		}
		if !bytes.Equal(old, now) && len(bytes.Trim(old, "\x00")) > 0 { // the kernel has dropped what is zero
			l.r.violate("changed", fmt.Sprintf("%s changes bytes %d to %d of %s, which are of %s", c.Process.Name, from, to, c.Name, a.of))
		}
	}
	if slot >= firstOther && slot < keeperSlot {
		l.protect(area{ino: c.Ino, from: c.Off, to: c.Off + int64(len(c.New)), of: c.Process.Name})
	}
}

// endsOtherwise reports whether a change cuts the last byte of an area off or makes it another one.
func endsOtherwise(c simfs.Change, a area) bool {
	last := a.to - 1 - c.Off
	if last < 0 || last >= int64(len(c.Old)) {
		return false
	}
	return last >= int64(len(c.New)) || c.New[last] != c.Old[last]
}

// lost notes which bytes of a page are zeros now, and were not.
func (l *ledger) lost(c simfs.Change) {
	for from := 0; from < len(c.New); {
		to := from
		for to < len(c.New) && c.New[to] == 0 {
			to++
		}
		if from < to {
			off := c.Off + int64(from)
			l.dropped = append(l.dropped, dropped{area{ino: c.Ino, from: off, to: c.Off + int64(to), of: "the kernel"}, bytes.Clone(c.Old[from:to])})
		}
		from = to + 1
	}
}

// forgets notes that the kernel drops a page of a journal whose sync had failed: the word that the last batch is safe may go with it, as in a
// power cut.
func (l *ledger) forgets(ino uint64) {
	dir := logDir + "/.envelog"
	for _, file := range l.r.m.Names(dir) {
		if name, is := strings.CutSuffix(file, ".journal"); is && l.r.m.Ino(dir+"/"+file) == ino {
			l.forgot[name] = l.r.steps
			l.unknow()
		}
	}
}

func (l *ledger) protect(a area) {
	key := [2]uint64{a.ino, uint64(a.from)}
	if !l.known[key] {
		l.known[key] = true
		l.protected[a.ino] = append(l.protected[a.ino], a)
	}
}

// check compares what is in the files with what has to be. When everything has ended, nothing is on its way any more.
func (l *ledger) check(end bool) {
	l.demand()
	l.count(end)
	if end {
		l.checkRejected()
	}
	for _, t := range l.all {
		switch {
		case t.there < t.least && t.there >= t.least-t.alike:
			l.excused += t.least - t.there
		case t.there < t.least:
			l.r.violate("never", fmt.Sprintf("%q stands %d times in the files, and %d are acknowledged", shorten(t.text), t.there, t.least))
		case t.there > t.most:
			l.r.violate("twice", fmt.Sprintf("%q stands %d times in the files, and there are only %d of it", shorten(t.text), t.there, t.most))
		case t.there == t.least:
			for _, a := range t.places {
				l.protect(a)
			}
		}
	}
	if end && len(l.strange) > 0 {
		l.r.violate("torn", strings.Join(l.strange, "; "))
	}
}

func shorten(text string) string {
	text = strings.TrimSuffix(text, "\n")
	if len(text) > 60 {
		return text[:57] + "..."
	}
	return text
}

// checkRejected checks that each entry that could not be decoded, and was acknowledged, is kept once, whatever the mode.
func (l *ledger) checkRejected() {
	if l.r.plan.bad == 0 {
		return
	}
	kept := make(map[string]int)
	dir := logDir + "/" + rejected.DirName
	for _, name := range l.r.m.Names(dir) {
		if base, is := strings.CutSuffix(name, ".json"); is {
			kept[string(l.r.m.ReadFile(dir+"/"+base+".message"))]++
		}
	}
	for _, e := range l.r.redis.entries[:l.r.redis.next] {
		n := kept[string(e.transport().Message)]
		switch {
		case e.bad && e.everAck && n == 0:
			l.r.violate("never", fmt.Sprintf("entry %d is acknowledged, and not kept in .rejected", e.n))
		case n > 1:
			l.r.violate("twice", fmt.Sprintf("entry %d is kept %d times in .rejected", e.n, n))
		}
	}
}

// demand computes how often each text has to be there, and may be.
func (l *ledger) demand() {
	for _, t := range l.all {
		t.there, t.least, t.most, t.alike, t.places = 0, 0, 0, 0, t.places[:0]
	}
	for _, e := range l.r.redis.entries[:l.r.redis.next] {
		if e.bad {
			continue
		}
		e.tally.most++
		if e.everAck && !e.mayLose {
			e.tally.least++
		}
		e.tally.most += e.mayTwice
	}
	for _, w := range l.r.writers {
		for i := range w.begun {
			w.tallies[i].most++
			if w.other.equal {
				w.tallies[i].alike = l.excuse()
			}
			if i < w.done && i >= w.mayLose {
				w.tallies[i].least++
			}
		}
	}
}

// excuse returns how many lines of a text may be missing when a writer without a journal writes the same text: a process
// is killed between its record and its append, and the writer appends an equal line at the very place that the record
// names, before anybody has looked. Nothing in the file says whose line it is. At worst that happens to each line of a
// batch that a kill has interrupted.
//
// Retention takes a file that begins with all lines of its archive, and has more, for one that was compressed while a writer went on,
// and removes the archive; a writer that begins a file of a past day again, and repeats these very lines, loses them.
func (l *ledger) excuse() int {
	return l.r.kills*l.r.plan.batch + l.repeated
}

// count counts the lines of all files.
func (l *ledger) count(end bool) {
	l.strange, l.blank, l.excused = l.strange[:0], 0, 0
	seen := make(map[uint64]bool)
	for _, name := range l.r.m.Names(logDir) {
		path := logDir + "/" + name
		ino := l.r.m.Ino(path)
		if strings.HasPrefix(name, ".") || seen[ino] && !end {
			continue
		}
		seen[ino] = true
		content := l.r.m.ReadFile(path)
		if _, packed := archiveOf(name); packed {
			content = l.unpack(ino, content)
		}
		if end || !l.standsTwice(name, content) {
			l.countFile(name, ino, content, end)
		}
	}
	for _, f := range l.removed {
		info, err := f.Stat()
		if seen[info.Ino] {
			continue // a power cut has undone it
		}
		seen[info.Ino] = true
		content := make([]byte, info.Size)
		if _, failure := f.ReadAt(content, 0); err == nil && (failure == nil || info.Size == 0) {
			if _, packed := archiveOf(f.Name()); packed {
				content = l.unpack(info.Ino, content)
			}
			if _, untold := l.untold[info.Ino]; untold {
				l.restore(info.Ino, content)
			}
			l.countFile(f.Name(), info.Ino, content, false)
		}
	}
}

// restore puts back what the kernel has lost of a file that is gone. Its sync had failed, and its process was killed before it could
// say so: whoever comes takes the lines for written that were in the file when it went.
func (l *ledger) restore(ino uint64, content []byte) {
	for _, d := range l.dropped {
		for i, c := range d.was {
			if at := d.from + int64(i); d.ino == ino && at < int64(len(content)) && content[at] == 0 {
				content[at] = c
			}
		}
	}
}

// decided forgets what a kill has left untold of a file to which a worker appends: since it got the directory lock, after the kill, it
// has found out which lines are there, and those that the kernel had dropped are written again. Another process whose sync has failed,
// too, and which may be killed as well before it says so, leaves that open.
func (l *ledger) decided(s *slot, ino uint64) {
	killed, is := l.untold[ino]
	if !is || s.locked <= killed || slices.ContainsFunc(l.r.slots, func(o *slot) bool { return slices.Contains(o.unsure, ino) }) {
		return
	}
	delete(l.untold, ino)
	for i := range l.dropped {
		if l.dropped[i].ino == ino {
			l.dropped[i].was = nil
		}
	}
}

func (l *ledger) countFile(name string, ino uint64, content []byte, end bool) {
	at := int64(0)
	for line := range bytes.Lines(content) {
		if t := l.find(ino, at, line, end); t != nil {
			t.there++
			t.places = append(t.places, area{ino: ino, from: at + int64(len(line)-len(t.text)), to: at + int64(len(line)), of: "an acknowledged entry"})
		} else if end {
			l.judge(name, ino, line, at)
		}
		at += int64(len(line))
	}
}

// watch notes who writes to what.
func (l *ledger) watch(s *slot, c *simfs.Call) {
	switch {
	case c.Kind == simfs.Write && strings.Contains(c.Path, ".journal"):
		s.told = l.r.steps
	case c.Kind == simfs.Lock && strings.HasSuffix(c.Path, "/directory.lock"):
		s.locked = l.r.steps
	case c.Kind == simfs.Look && strings.HasSuffix(c.Path, ".log"):
		s.looked = l.r.steps
	case c.Kind == simfs.Rename && s.index == keeperSlot:
		if file, packed := archiveOf(c.To); packed {
			l.origins[l.r.m.Ino(c.Path)] = l.r.m.Ino(file)
		}
	case c.Kind == simfs.Append && s.index >= firstOther:
		l.lockless[c.Path] = l.r.steps
	}
}

// stepped notes what a step has left that the rules excuse.
func (l *ledger) stepped(s *slot, c *simfs.Call, fate simfs.Fate) {
	l.follow(s, c, fate)
	if c.Kind == simfs.Append && fate.Err == nil && s.index < firstOther {
		l.decided(s, c.Ino())
		s.goesOn(area{ino: c.Ino(), from: c.Off, to: c.Off + c.Done})
		if c.Len == 1 { // the line feed that ends a torn line: a power cut may take it
			s.undone = append(s.undone, area{ino: c.Ino(), from: c.Off, to: c.Off + 1})
		}
	}
	if c.Kind == simfs.Sync && fate.Err == nil {
		l.synced(c.Ino())
	}
	if c.Kind == simfs.Unlock && s.index < firstOther && strings.HasSuffix(c.Path, "/directory.lock") {
		l.misplaced = slices.DeleteFunc(l.misplaced, func(m misplaced) bool { return s.locked > m.killed }) // s has found them
		l.halves = slices.DeleteFunc(l.halves, func(h half) bool { return s.locked > h.killed })
	}
	switch {
	case s.index >= firstOther && c.Kind == simfs.Append && s.index < keeperSlot:
		l.hideHalves(c)
	case s.index >= firstOther:
	case c.Kind == simfs.Sync && fate.Err != nil:
		s.unsure = append(s.unsure, c.Ino())
		l.syncFailed()
	case c.Kind == simfs.Write && fate.Err == nil && strings.Contains(c.Path, ".journal"):
		s.unsure = nil
	case c.Kind == simfs.Write && fate.Err != nil && c.Done > 0 && strings.HasSuffix(c.Path, ".log"):
		l.slips = append(l.slips, area{ino: c.Ino(), from: c.Off, to: c.Off + c.Len}) // not recognized any more
	case c.Kind == simfs.Append && fate.Err != nil && c.Done > 0:
		channel, _, _ := strings.Cut(path.Base(c.Path), "-")
		s.short = append(s.short, area{ino: c.Ino(), from: c.Off, to: c.Off + c.Done, of: channel})
	case c.Kind == simfs.Append && l.lockless[c.Path] > s.looked:
		s.slipped = l.r.steps
	case c.Kind == simfs.Sync && strings.Contains(c.Path, ".journal") && s.told > s.slipped:
		s.slipped = 0
	case c.Kind == simfs.Truncate, c.Kind == simfs.Write:
		l.takenBack(s, c)
	}
}

// hideHalves notes that another program has appended behind what a killed worker has left of a write that was cut short: nothing shows any
// more whose the whole lines before the piece are, which end nowhere near a page, and they are written again.
func (l *ledger) hideHalves(c *simfs.Call) {
	content := l.r.m.ReadFile(c.Path)
	for _, h := range l.halves {
		if h.ino != c.Ino() || h.ino != l.r.m.Ino(c.Path) {
			continue
		}
		for _, e := range l.r.redis.entries[:l.r.redis.next] {
			if !e.acked && e.inFlight[h.slot] == h.life && bytes.Contains(content[h.from:min(h.to, int64(len(content)))], []byte(e.tally.text)) {
				e.mayTwice++
			}
		}
	}
	l.halves = slices.DeleteFunc(l.halves, func(h half) bool { return h.ino == c.Ino() })
}

// synced forgets the pieces of which the rest is on disk now, and those that have been taken back there.
func (l *ledger) synced(ino uint64) {
	of := func(a area) bool { return a.ino == ino }
	for _, s := range l.r.slots {
		s.joined, s.undone = slices.DeleteFunc(s.joined, of), slices.DeleteFunc(s.undone, of)
	}
	l.undone = slices.DeleteFunc(l.undone, of)
}

// follow notes what journals are told, and when that is on disk: when a worker ends in good order at the latest, unless the disk fails.
func (l *ledger) follow(s *slot, c *simfs.Call, fate simfs.Fate) {
	name, is := strings.CutSuffix(strings.TrimSuffix(path.Base(c.Path), ".new"), ".journal")
	switch {
	case !is:
	case fate.Err != nil:
		l.refused[name] = l.r.steps
	case c.Kind == simfs.Write:
		l.told[name] = l.r.steps
		if name == s.name || strings.HasPrefix(name, s.name+"~") {
			s.journal = name
		}
	case c.Kind == simfs.Sync, c.Kind == simfs.Close && s.ending && name == s.journal && l.refused[name] < l.told[name]:
		l.settled[name] = l.r.steps
	}
}

// takenBack forgets pieces of lines that their process has cut off or overwritten.
func (l *ledger) takenBack(s *slot, c *simfs.Call) {
	ino, size := c.Ino(), int64(len(c.Content()))
	s.short = slices.DeleteFunc(s.short, func(a area) bool {
		written := c.Kind == simfs.Write && c.Off < a.to && a.to <= c.Off+c.Done
		is := a.ino == ino && (size < a.to || written)
		if is {
			s.undone = append(s.undone, a)
		}
		return is
	})
}

// saved notes that a worker has made lines of a channel safe: what it has taken back before in their file is on disk with them.
func (s *slot) saved(channel int) {
	s.undone = slices.DeleteFunc(s.undone, func(a area) bool { return a.of == fmt.Sprintf("app%d", channel) })
}

// goesOn notes that a process goes on with a write that was cut short: right behind its piece, which is none any more, or behind what
// somebody else has appended meanwhile, where the end of a line stands without its beginning until it is taken back.
func (s *slot) goesOn(rest area) {
	last := len(s.short) - 1
	switch {
	case last < 0 || s.short[last].ino != rest.ino:
	case s.short[last].from == rest.from:
		rest.cut = s.short[last].cut
		s.short[last] = rest
	case s.short[last].to == rest.from:
		s.joined = append(s.joined, s.short[last])
		s.short = s.short[:last]
	default:
		rest.cut = true // whole lines may follow this part, which is the end of a line
		s.short = append(s.short, rest)
	}
}

// syncFailed notes that the kernel may drop what was not on disk: lines that are acknowledged before they are synced, and
// those of writers that never sync.
func (l *ledger) syncFailed() {
	for _, w := range l.r.writers {
		w.mayLose = w.begun
	}
	if l.r.plan.mode == sink.SyncBatch {
		return
	}
	l.cut = true // for what it may leave in the files
	for _, e := range l.r.redis.entries[:l.r.redis.next] {
		e.mayLose = true
	}
}

// interrupted notes where an append is about to be interrupted by a kill, when a writer without a lock has appended to
// the file since the process had looked at its size, be it before or after it told its journal where the append will be. The
// journal leads to another place then, and the piece of a line at the end stays, also in front of what such a writer appends to
// it. That is all that these writers cost.
//
// A part of a line that is so short that any line may begin like that stays, too, when others have appended to it, also behind whole
// lines: another program may have written all of that. And so does one that a full disk has left, when its process is killed before it
// takes that back.
//
// Any other piece stays until somebody gets the directory lock, and may be in front of another program's line till then.
func (l *ledger) interrupted(s *slot) {
	l.slips, l.undone = append(l.slips, s.short...), append(l.undone, s.undone...)
	for _, a := range s.short {
		if last := len(l.halves) - 1; last >= 0 && l.halves[last].killed == l.r.steps && l.halves[last].ino == a.ino && l.halves[last].to == a.from {
			l.halves[last].to = a.to // cut short again
			continue
		}
		l.halves = append(l.halves, half{misplaced{s.index, s.life, l.r.steps}, a})
	}
	for _, ino := range s.unsure {
		l.untold[ino] = l.r.steps
	}
	s.short, s.undone, s.unsure = nil, nil, nil
	if s.slipped > 0 && s.index < firstOther {
		l.misplaced = append(l.misplaced, misplaced{s.index, s.life, l.r.steps})
	}
	s.slipped = 0
	c := l.r.m.Writing(s.process)
	if c == nil || c.Kind != simfs.Append {
		return
	}
	piece := area{ino: c.Ino(), from: c.Off, to: c.Off + c.Done}
	if l.lockless[c.Path] > s.looked {
		l.slips = append(l.slips, piece)
		return
	}
	begin := bytes.LastIndexByte(c.Content()[:piece.to], '\n') + 1
	piece.stays = piece.to-int64(begin) < commonPrefix
	l.pieces = append(l.pieces, piece)
}

// find returns whose a line is.
func (l *ledger) find(ino uint64, at int64, line []byte, end bool) *tally {
	if t := l.tallies[string(line)]; t != nil {
		return t
	}
	ends := int64(0)
	for _, s := range l.slips {
		if l.isIn(s, ino) && at < s.to && s.to < at+int64(len(line)) {
			ends = max(ends, s.to-at)
		}
	}
	for _, o := range l.r.slots {
		for _, s := range o.short { // it is about to be taken back
			if !end && s.ino == ino && at < s.to && s.to < at+int64(len(line)) {
				ends = max(ends, s.to-at)
			}
		}
	}
	for _, s := range l.pieces { // whoever has a journal takes them back before he appends
		if (!end || s.stays) && l.isIn(s, ino) && at < s.to && s.to < at+int64(len(line)) && l.isOfWriter(l.tallies[string(line[s.to-at:])]) {
			ends = max(ends, s.to-at)
		}
	}
	if t := l.tallies[string(line[ends:])]; t != nil { // none when it is a line feed alone
		l.excused++
		return t
	}
	// Zeros are what the kernel has dropped, perhaps with a page of a line before them: before a line that was appended behind them,
	// and, until their process has written again what it could not sync, before its own.
	behind := bytes.LastIndexByte(line, 0) + 1
	if t := l.tallies[string(line[behind:])]; t != nil && l.areDropped(ino, at, line) && l.arePieces(line[:behind]) && (!end || l.isOfWriter(t)) {
		l.excused++
		return t
	}
	if l.cut {
		return l.findBehind(line)
	}
	if ends > 0 {
		l.excused++
	}
	return nil
}

// isIn reports whether an area is of a file, or of the one that an archive was made of, whose bytes stand at the same places.
func (l *ledger) isIn(a area, ino uint64) bool { return a.ino == ino || a.ino == l.origins[ino] }

// areDropped reports whether there are zeros in a line, and all of them are in the place of what the kernel has dropped.
func (l *ledger) areDropped(ino uint64, at int64, line []byte) bool {
	zeros := 0
	for i, c := range line {
		if c != 0 {
			continue
		}
		zeros++
		off := at + int64(i)
		if !slices.ContainsFunc(l.dropped, func(d dropped) bool { return l.isIn(d.area, ino) && d.from <= off && off < d.to }) {
			return false
		}
	}
	return zeros > 0
}

func (l *ledger) isOfWriter(t *tally) bool {
	return t != nil && slices.ContainsFunc(l.r.writers, func(w *writer) bool { return slices.Contains(w.tallies, t) })
}

// findBehind finds a line that stands after what a power cut has left of others: a writer that does not look at the end of
// the file appends to zeros or to a piece of a line.
func (l *ledger) findBehind(line []byte) *tally {
	for _, w := range l.r.writers {
		for _, t := range w.tallies[:w.done] {
			if bytes.HasSuffix(line, []byte(t.text)) {
				l.excused++
				return t
			}
		}
	}
	return nil
}

// judge looks at a line that nobody wrote.
func (l *ledger) judge(name string, ino uint64, line []byte, at int64) {
	if len(bytes.Trim(line, " \n")) == 0 {
		l.blank++ // what was left of a piece
		return
	}
	if l.areDropped(ino, at, line) && l.arePieces(bytes.TrimSuffix(line, []byte("\n"))) {
		l.excused++
		return
	}
	for _, s := range l.slips {
		end := at + int64(len(line))
		if l.isIn(s, ino) && at < s.to && (s.to <= end || s.cut && s.from < end) {
			return
		}
	}
	if l.cut && (l.r.plan.mode != sink.SyncBatch || len(l.r.writers) > 0) {
		return // a power cut may leave anything of what was not synced
	}
	l.strange = append(l.strange, fmt.Sprintf("%s at %d: %q...%q", name, at, shorten(string(line)), line[max(0, len(line)-40):]))
}

// arePieces reports whether a line consists of zeros, what the kernel has kept of lines, and blanks, which a part of one has become
// behind them.
func (l *ledger) arePieces(line []byte) bool {
	for piece := range bytes.SplitSeq(line, []byte{0}) {
		if len(bytes.Trim(piece, " ")) == 0 {
			continue
		}
		if !slices.ContainsFunc(l.all, func(t *tally) bool { return strings.Contains(t.text, string(piece)) }) {
			return false
		}
	}
	return true
}

// powerCut notes what a power cut may take, or hide, according to docs/delivery.md.
func (l *ledger) powerCut() {
	l.cut = true
	l.protected, l.known = make(map[uint64][]area), make(map[[2]uint64]bool)
	for _, w := range l.r.writers {
		w.mayLose = w.begun
	}
	for _, s := range l.r.slots {
		l.keepsSome(s.short, s.joined, s.undone)
		s.short, s.joined, s.undone = nil, nil, nil
		if s.slipped > 0 && s.index < firstOther {
			l.misplaced = append(l.misplaced, misplaced{s.index, s.life, l.r.steps})
		}
		s.slipped = 0
	}
	l.keepsSome(l.undone)
	l.undone = nil
	for _, m := range l.misplaced {
		for _, e := range l.r.redis.entries[:l.r.redis.next] {
			if !e.acked && e.inFlight[m.slot] == m.life {
				e.mayTwice++ // its line is where the journal does not look for what a power cut has left
			}
		}
	}
	l.misplaced = nil
	l.cutAt = l.r.steps
	if l.r.plan.mode == sink.SyncBatch {
		return
	}
	for _, e := range l.r.redis.entries[:l.r.redis.next] {
		safe := l.r.plan.mode == sink.SyncInterval && e.acked && l.r.calm() && time.Since(e.ackedAt) > 2*sink.DefaultInterval
		if !safe {
			e.mayLose = true
		}
		e.mayTwice++ // no mode but SyncBatch syncs the journal
	}
}

// keepsSome notes of what writes that were cut short have left that a power cut keeps any part of it.
func (l *ledger) keepsSome(all ...[]area) {
	for _, a := range slices.Concat(all...) {
		a.cut = true
		l.slips = append(l.slips, a)
	}
}

// hide notes that an operator has taken a file away. A program that has it open goes on there, and nobody removes what a
// process that was killed has left in front of its lines.
func (l *ledger) hide(f vfs.File) {
	l.removed = append(l.removed, f)
	for _, w := range l.r.writers {
		if strings.Contains(f.Name(), "/app0-") {
			w.mayLose = len(w.tallies)
		}
	}
	for _, e := range l.r.redis.entries[:l.r.redis.next] {
		if !e.acked || !e.everAck { // the latter: the stream was deleted while a process had it in hand
			e.mayTwice++
		}
	}
}

// unknow notes which acknowledged lines no journal and no log file shows any more: a power cut has taken the word of the last batch
// of a worker, which is not forced to disk before the next one, and their file is gone, before the cut or since. One of them is written
// again when Redis forgets its acknowledgement.
func (l *ledger) unknow() {
	if l.r.plan.mode != sink.SyncBatch { // see powerCut
		return
	}
	for _, e := range l.r.redis.entries[:l.r.redis.next] {
		if e.everAck && e.mayTwice == 0 && l.isUnsettled(e) && l.isTaken(e.tally.text) {
			e.unknown = e.acked
			if !e.acked { // it is forgotten already
				e.mayTwice++
			}
		}
	}
}

// isUnsettled reports whether a power cut, or the loss of a page of a journal whose sync had failed, came after an entry was acknowledged and before a journal had on disk that its line is safe,
// and nobody has looked for that line since.
func (l *ledger) isUnsettled(e *entry) bool {
	return slices.ContainsFunc(e.journals, func(name string) bool {
		return e.ackedIn <= max(l.cutAt, l.forgot[name]) && l.settled[name] < e.ackedIn && l.settled[name] < l.told[name]
	})
}

// isTaken reports whether a text stands in a file that has no name any more.
func (l *ledger) isTaken(text string) bool {
	names := l.r.m.Names(logDir)
	return slices.ContainsFunc(l.removed, func(f vfs.File) bool {
		info, err := f.Stat()
		if err != nil || slices.ContainsFunc(names, func(name string) bool { return l.r.m.Ino(logDir+"/"+name) == info.Ino }) {
			return false // a power cut has undone it
		}
		content := make([]byte, info.Size)
		_, err = f.ReadAt(content, 0)
		return err == nil && bytes.Contains(content, []byte(text))
	})
}
