package journal

import (
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"envelog/internal/statedir"
	"envelog/internal/vfs"
	"envelog/internal/vfs/simfs"
)

// onMachine runs a process until it ends or waits for something else than a file. All syncs fail while failing says so, and from then on
// all writes to a journal.
func onMachine(m *simfs.Machine, failing *bool, main func(*simfs.Process)) {
	m.Start("p", main)
	takeSteps(m, failing)
}

func takeSteps(m *simfs.Machine, failing *bool) {
	failed := false
	for synctest.Wait(); ; synctest.Wait() {
		calls := m.Ready()
		if len(calls) == 0 {
			return
		}
		fate := simfs.Fate{}
		writes := calls[0].Kind == simfs.Write && strings.Contains(calls[0].Path, suffix)
		if *failing && (calls[0].Kind == simfs.Sync || failed && writes) {
			failed, fate.Err = true, syscall.EIO
		}
		m.Step(calls[0], fate)
	}
}

// dropPages has the kernel drop all pages whose sync had failed. It says which.
func dropPages(m *simfs.Machine) string {
	var dropped strings.Builder
	m.Tell = func(_, what string) { dropped.WriteString(what) }
	defer func() { m.Tell = nil }()
	for random := rand.New(rand.NewPCG(1, 1)); random.IntN(1000) > 0; {
		m.Evict(random)
	}
	return dropped.String()
}

func openOn(t *testing.T, p *simfs.Process, name string) *Journal {
	t.Helper()
	j, err := Open(Options{FS: p, Dir: "/log", Name: name, Sources: []string{"messages"}, Mode: 0o640, DirMode: 0o750,
		Durable: true, Bytes: 64 << 10, Logger: slog.New(slog.DiscardHandler)})
	must(t, err)
	return j
}

// prepareOn prepares one line, and returns the file to append it to.
func prepareOn(t *testing.T, p *simfs.Process, j *Journal, n int) (vfs.File, error) {
	t.Helper()
	must(t, j.Lock())
	f, err := p.OpenFile("/log/"+logName, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o640)
	must(t, err)
	info, err := f.Stat()
	must(t, err)
	return f, j.Prepare([]Block{{Name: logName, Lines: []Line{line(n)}, Bytes: text(n), Place: PlaceOf(info, info.Size)}}, nil)
}

func commitOn(t *testing.T, p *simfs.Process, j *Journal, n int) {
	t.Helper()
	f, err := prepareOn(t, p, j, n)
	must(t, err)
	_, err = f.Append(text(n))
	must(t, err, j.Appended(nil))
	j.Unlock()
	must(t, j.Commit(nil))
}

// TestTheNextProcessKeepsARecordWhoseSyncHasFailed has the syncs of a record fail that ends a page, and its process end. The next one
// goes on behind that record. When the kernel drops the page, nothing that it has committed is forgotten.
func TestTheNextProcessKeepsARecordWhoseSyncHasFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, failing := simfs.New(), false
		must(t, m.Direct("operator").Mkdir("/log", 0o750))
		records := (page - segmentsAt%page) / sector // one for each line
		onMachine(m, &failing, func(p *simfs.Process) {
			j := openOn(t, p, "p")
			for n := range records - 1 {
				commitOn(t, p, j, n+1)
			}
			failing = true
			if _, err := prepareOn(t, p, j, records); err == nil {
				t.Error("no error")
			}
		})
		failing = false
		onMachine(m, &failing, func(p *simfs.Process) { commitOn(t, p, openOn(t, p, "p"), records+1) })
		dropped := dropPages(m)
		onMachine(m, &failing, func(p *simfs.Process) {
			j := openOn(t, p, "q")
			must(t, j.Lock())
			for n := 1; n <= records+1; n++ {
				l, want := line(n), Written
				if n == records {
					want = Unknown
				}
				if got, err := j.Lookup(&l); err != nil || got != want {
					t.Errorf("line %d: %v (%v), want %v; %s", n, got, err, want, dropped)
				}
			}
		})
	})
}

// TestOthersReadAJournalAgainThatIsNotWhatItWas has a process read a record of another one whose sync has failed. The kernel drops it,
// and the next process of that name writes another one in its place: the former knows that, too.
func TestOthersReadAJournalAgainThatIsNotWhatItWas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, failing := simfs.New(), false
		must(t, m.Direct("operator").Mkdir("/log", 0o750))
		death, looks := make(chan bool), make(chan bool)
		onMachine(m, &failing, func(p *simfs.Process) {
			j := openOn(t, p, "p")
			failing = true
			if _, err := prepareOn(t, p, j, 1); err == nil {
				t.Error("no error")
			}
			failing = false
			j.Unlock()
			<-death
		})
		onMachine(m, &failing, func(p *simfs.Process) {
			j := openOn(t, p, "q")
			for want := range looks {
				must(t, j.Lock())
				l := line(2)
				if got, err := j.Lookup(&l); err != nil || (got == Written) != want {
					t.Errorf("line 2: %v (%v), want that it is written: %v", got, err, want)
				}
				j.Unlock()
			}
		})
		looks <- false
		takeSteps(m, &failing)
		if dropPages(m) == "" {
			t.Fatal("no page was lost")
		}
		close(death)
		takeSteps(m, &failing)
		onMachine(m, &failing, func(p *simfs.Process) { commitOn(t, p, openOn(t, p, "p"), 2) })
		looks <- true
		close(looks)
		takeSteps(m, &failing)
	})
}

// TestAJournalThatIsReadDoesNotLookYounger has process after process keep the decision in the journal of a dead one: that is removed by
// the time of its last record.
func TestAJournalThatIsReadDoesNotLookYounger(t *testing.T) {
	dir := t.TempDir()
	p := startWith(t, Options{Dir: dir, Name: "p", Durable: true})
	p.prepare(1, 11)
	p.die()
	startWith(t, Options{Dir: dir, Name: "q", Durable: true}).die() // it decides
	path := filepath.Join(dir, statedir.Name, "p"+suffix)
	then := time.Now().Add(-KeepCommitted).Truncate(time.Second)
	must(t, os.Chtimes(path, then, then))
	r := startWith(t, Options{Dir: dir, Name: "r", Durable: true})
	if len(r.views[1].tail) == 0 && len(r.views[2].tail) == 0 {
		t.Fatal("there is no decision to be kept")
	}
	info, err := os.Stat(path)
	must(t, err)
	if !info.ModTime().Equal(then) {
		t.Errorf("the journal is of %v, want %v", info.ModTime(), then)
	}
}
