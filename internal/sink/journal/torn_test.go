package journal

import (
	"os"
	"path/filepath"
	"testing"

	"envelog/internal/statedir"
)

// TestARecordTornOverAnEarlierLap kills a process at each sector of the first record of a new lap, which lies over those of
// an earlier one: the record is there as a whole, or not at all, and nothing of the earlier lap is taken for its end.
func TestARecordTornOverAnEarlierLap(t *testing.T) {
	const size = segmentsAt + 2*minSegment
	dir := t.TempDir()
	path := filepath.Join(dir, statedir.Name, "p"+suffix)
	p := startWith(t, Options{Dir: dir, Name: "p", Bytes: size})
	next := 1
	for turns := 0; turns < 3; next += 13 { // until the first segment was begun again, and the second one too
		second := p.own.second
		p.commit(next, next+13)
		if p.own.second != second {
			turns++
		}
	}
	before := content(t, path)
	at := int(p.own.at)
	p.prepare(next, next+13)
	after := content(t, path)
	length := int(p.own.at) - at
	p.die()
	for cut := at; cut <= at+length; cut += sector {
		must(t, os.WriteFile(path, []byte(after[:cut]+before[cut:]), 0o640))
		q := startWith(t, Options{Dir: dir, Name: "q", Bytes: size})
		q.wantVerdicts(next, next+13, Unknown)
		q.wantVerdicts(next-13, next, Written)
		must(t, q.Lock())
		if q.blocked != nil {
			t.Errorf("cut at byte %d of the record: nobody may append: %v", cut-at, q.blocked)
		}
		q.Unlock()
		q.die()
	}
}

// TestAMarkThatIsTorn looks at a journal while its mark is being written, or after a power cut has torn it: records count as
// far as the last one says, and what follows is looked up in the file.
func TestAMarkThatIsTorn(t *testing.T) {
	dir := t.TempDir()
	p := start(t, dir, "p")
	p.commit(1, 11)
	p.commit(11, 21)
	_, err := p.own.f.WriteAt([]byte{0xff}, markAt+3)
	must(t, err)
	q := start(t, dir, "q")
	q.wantVerdicts(1, 11, Written)
	q.wantVerdicts(11, 21, Held)
	p.die()
	q.wantVerdicts(1, 21, Written)
	if got := content(t, filepath.Join(dir, logName)); got != texts(1, 21) {
		t.Errorf("file holds %d bytes, want %d", len(got), len(texts(1, 21)))
	}
}
