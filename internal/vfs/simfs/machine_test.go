package simfs

import (
	"bytes"
	"errors"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"envelog/internal/vfs"
)

// bench is a machine with a log directory, and a process whose calls are done at once.
type bench struct {
	*testing.T
	*Machine
	now *Process
}

func run(t *testing.T, test func(b *bench)) {
	synctest.Test(t, func(t *testing.T) {
		m := New()
		b := &bench{T: t, Machine: m, now: m.Direct("test")}
		b.must(b.now.Mkdir("/log", 0o750))
		b.must(b.now.SyncDir("/"))
		test(b)
	})
}

func (b *bench) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func (b *bench) open(p *Process, name string) vfs.File {
	b.Helper()
	f, err := p.OpenFile("/log/"+name, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o640)
	b.must(err)
	return f
}

func (b *bench) append(f vfs.File, content string) {
	b.Helper()
	_, err := f.Append([]byte(content))
	b.must(err)
}

// ready waits until processes have calls to make, and returns them.
func (b *bench) ready() []*Call {
	synctest.Wait()
	return b.Ready()
}

// next is the only call that is ready.
func (b *bench) next() *Call {
	b.Helper()
	calls := b.ready()
	if len(calls) != 1 {
		b.Fatalf("calls that are ready: %v", calls)
	}
	return calls[0]
}

var large = strings.Repeat("0123456789", 1000)

func TestAWriteThatIsKilledEndsAtAPage(t *testing.T) {
	run(t, func(b *bench) {
		f := b.open(b.now, "a")
		b.append(f, "here before\n")
		p := b.Start("w1", func(p *Process) {
			f := b.open(p, "a")
			b.append(f, large)
			b.Error("the write returns")
		})
		b.Step(b.next(), Fate{}) // opens
		for range 2 {
			if b.Step(b.next(), Fate{}) {
				b.Fatal("the write is complete")
			}
		}
		b.Kill(p)
		if got := b.ReadFile("/log/a"); string(got) != ("here before\n" + large)[:8192] {
			b.Errorf("%d bytes are there", len(got))
		}
		if calls := b.ready(); len(calls)+len(b.Alive()) != 1 { // the process of the bench
			b.Errorf("after the kill: %v", calls)
		}
	})
}

func TestAppendsDoNotMix(t *testing.T) {
	run(t, func(b *bench) {
		for _, name := range []string{"w1", "w2"} {
			b.Start(name, func(p *Process) { b.append(b.open(p, "a"), large) })
		}
		for calls := b.ready(); len(calls) > 0; calls = b.ready() {
			b.Step(calls[len(calls)-1], Fate{})
		}
		if got := b.ReadFile("/log/a"); string(got) != large+large {
			b.Errorf("%d bytes are there", len(got))
		}
	})
}

func TestWhoIsKilledRunsItsDeferredCallsToNoEffect(t *testing.T) {
	run(t, func(b *bench) {
		deferred := false
		p := b.Start("w1", func(p *Process) {
			f := b.open(p, "a")
			defer func() {
				deferred = true
				b.append(f, "from the grave")
				b.Error("the call returns")
			}()
			b.append(f, "content")
		})
		b.Step(b.next(), Fate{})
		b.next()
		b.Kill(p)
		synctest.Wait()
		if got := b.ReadFile("/log/a"); !deferred || len(got) > 0 {
			b.Errorf("deferred: %t, content %q", deferred, got)
		}
	})
}

func TestAKillFreesLocks(t *testing.T) {
	run(t, func(b *bench) {
		p := b.Start("w1", func(p *Process) {
			f := b.open(p, "a")
			b.must(f.TryLock())
			b.append(f, "content")
		})
		b.Step(b.next(), Fate{})
		b.Step(b.next(), Fate{})
		b.next()
		f := b.open(b.now, "a")
		if err := f.TryLock(); !errors.Is(err, vfs.ErrLocked) {
			b.Errorf("while it lives: %v", err)
		}
		b.Kill(p)
		if err := f.TryLock(); err != nil {
			b.Errorf("when it is dead: %v", err)
		}
	})
}

func TestWhoIsStoppedTakesNoStep(t *testing.T) {
	run(t, func(b *bench) {
		p := b.Start("w1", func(p *Process) { b.append(b.open(p, "a"), "content") })
		b.Step(b.next(), Fate{})
		b.Stop(p)
		if calls := b.ready(); len(calls) > 0 {
			b.Errorf("stopped, and ready: %v", calls)
		}
		b.Continue(p)
		b.Step(b.next(), Fate{})
		if got := b.ReadFile("/log/a"); string(got) != "content" {
			b.Errorf("content is %q", got)
		}
	})
}

func TestTheMachineWaitsForSleepers(t *testing.T) {
	run(t, func(b *bench) {
		b.Start("w1", func(p *Process) {
			time.Sleep(3 * time.Second)
			b.open(p, "a")
		})
		begun := time.Now()
		b.Await(time.Minute)
		if took := time.Since(begun); took != 3*time.Second || b.next().Kind != Create {
			b.Errorf("waited %v", took)
		}
		b.Step(b.next(), Fate{})
	})
}

func TestErrorsAreInjected(t *testing.T) {
	run(t, func(b *bench) {
		f := b.open(b.now, "a")
		b.Start("w1", func(p *Process) {
			if _, err := p.OpenFile("/log/a", os.O_RDWR, 0); !errors.Is(err, syscall.EMFILE) {
				b.Errorf("open: %v", err)
			}
			if n, err := b.open(p, "a").Append([]byte(large)); n != 5000 || err != nil {
				b.Errorf("append: %d, %v", n, err)
			}
			if n, err := b.open(p, "a").Append([]byte(large)); n != 0 || !errors.Is(err, syscall.ENOSPC) {
				b.Errorf("append: %d, %v", n, err)
			}
			if err := b.open(p, "a").TryLock(); !errors.Is(err, syscall.ENOLCK) {
				b.Errorf("lock: %v", err)
			}
		})
		b.Step(b.next(), Fate{Err: syscall.EMFILE})
		b.Step(b.next(), Fate{})
		b.Step(b.next(), Fate{Err: syscall.ENOSPC, Short: 5000})
		b.Step(b.next(), Fate{})
		b.Step(b.next(), Fate{Err: syscall.ENOSPC})
		b.Step(b.next(), Fate{})
		b.Step(b.next(), Fate{Err: syscall.ENOLCK})
		if info, err := f.Stat(); info.Size != 5000 || err != nil {
			b.Errorf("%d bytes, %v", info.Size, err)
		}
	})
}

// outcomes cuts the power after prepare in a hundred machines, and counts what is left of a file.
func outcomes(t *testing.T, prepare func(b *bench), name string) map[string]int {
	found := make(map[string]int)
	for seed := range uint64(100) {
		run(t, func(b *bench) {
			prepare(b)
			b.PowerCut(rand.New(rand.NewPCG(seed, 0)))
			content := "missing"
			if b.ReadFile("/log/"+name) != nil || slices.Contains(b.Names("/log"), name) {
				content = string(b.ReadFile("/log/" + name))
			}
			found[content]++
		})
	}
	return found
}

func TestWhatIsSyncedSurvivesAPowerCut(t *testing.T) {
	found := outcomes(t, func(b *bench) {
		f := b.open(b.now, "a")
		b.append(f, "synced\n")
		b.must(errors.Join(f.Datasync(), b.now.SyncDir("/log")))
		b.append(f, "not\n")
	}, "a")
	for content := range found {
		if !strings.HasPrefix(content, "synced\n") {
			t.Errorf("content is %q", content)
		}
	}
	for _, content := range []string{"synced\n", "synced\nnot\n", "synced\n\x00\x00\x00\x00"} {
		if found[content] == 0 {
			t.Errorf("never %q: %v", content, found)
		}
	}
}

func TestAnUnsyncedNameMayBeLost(t *testing.T) {
	found := outcomes(t, func(b *bench) { b.must(b.open(b.now, "a").Datasync()) }, "a")
	if found["missing"] == 0 || found[""] == 0 || len(found) != 2 {
		t.Errorf("%v", found)
	}
}

func TestARenameIsAtomic(t *testing.T) {
	found := outcomes(t, func(b *bench) {
		old, replacement := b.open(b.now, "a"), b.open(b.now, "b")
		b.append(old, "old")
		b.append(replacement, "new")
		b.must(errors.Join(old.Sync(), replacement.Sync(), b.now.SyncDir("/log")))
		b.must(b.now.Rename("/log/b", "/log/a"))
	}, "a")
	if found["old"] == 0 || found["new"] == 0 || len(found) != 2 {
		t.Errorf("%v", found)
	}
}

func TestPagesAndSectorsAreLostOnTheirOwn(t *testing.T) {
	zeros := bytes.Repeat([]byte{0}, 2*pageSize)
	found := outcomes(t, func(b *bench) {
		f, err := b.now.OpenFile("/log/a", os.O_RDWR|os.O_CREATE, 0o640)
		b.must(errors.Join(err, f.Reserve(2*pageSize), f.Sync(), b.now.SyncDir("/log")))
		_, err = f.WriteAt(bytes.Repeat([]byte("x"), 2*pageSize), 0)
		b.must(err)
	}, "a")
	torn := 0
	for content := range found {
		for at := 0; at < len(content); at += sectorSize {
			if n := strings.Count(content[at:at+sectorSize], "x"); n != 0 && n != sectorSize {
				t.Fatal("a sector is torn")
			}
		}
		if n := strings.Count(content, "x"); n%pageSize != 0 {
			torn++
		}
	}
	onlySecond := string(zeros[:pageSize]) + strings.Repeat("x", pageSize)
	if found[string(zeros)] == 0 || found[strings.Repeat("x", 2*pageSize)] == 0 || found[onlySecond] == 0 || torn == 0 {
		t.Errorf("%d different outcomes, %d of them torn", len(found), torn)
	}
}

func TestAFailedSyncIsToldOnceAndLosesItsPages(t *testing.T) {
	var errs []error
	found := outcomes(t, func(b *bench) {
		errs = nil
		a, other := b.open(b.now, "a"), b.open(b.now, "a")
		b.must(errors.Join(a.Sync(), b.now.SyncDir("/log")))
		b.append(a, "content")
		b.Start("w1", func(p *Process) {
			f := b.open(p, "a")
			errs = append(errs, f.Datasync(), f.Datasync())
		})
		b.Step(b.next(), Fate{})
		b.Step(b.next(), Fate{Err: syscall.EIO})
		b.Step(b.next(), Fate{})
		synctest.Wait()
		errs = append(errs, other.Datasync(), other.Datasync())
	}, "a")
	for i, want := range []error{syscall.EIO, nil, syscall.EIO, nil} {
		if !errors.Is(errs[i], want) {
			t.Errorf("sync %d: %v", i, errs[i])
		}
	}
	if found["content"] == 0 || found["\x00\x00\x00\x00\x00\x00\x00"] == 0 {
		t.Errorf("%v", found)
	}
}

func TestThePowerCutEndsProcessesAndChangesTheBoot(t *testing.T) {
	run(t, func(b *bench) {
		boot := b.BootID()
		p := b.Start("w1", func(p *Process) {
			f := b.open(p, "a")
			b.must(f.TryLock())
			b.must(p.SyncDir("/log"))
			b.append(f, "x")
		})
		for range 3 {
			b.Step(b.next(), Fate{})
		}
		b.PowerCut(rand.New(rand.NewPCG(1, 1)))
		if len(b.ready()) > 0 || !p.Dead() || b.BootID() == boot {
			b.Errorf("dead: %t, boot %q", p.Dead(), b.BootID())
		}
		b.must(b.open(b.Direct("next"), "a").TryLock())
	})
}

// TestASeedRepeatsARun runs processes that lock, write, sleep and die by chance, and compares what is told of it.
func TestASeedRepeatsARun(t *testing.T) {
	stories := make(map[string]int)
	for range 20 {
		run(t, func(b *bench) {
			story := new(strings.Builder)
			b.Tell = func(who, what string) { story.WriteString(who + " " + what + "\n") }
			r := rand.New(rand.NewPCG(7, 7))
			for _, name := range []string{"w1", "w2", "w3"} {
				b.Start(name, func(p *Process) {
					for range 5 {
						f := b.open(p, "a")
						b.must(vfs.Lock(f, time.Hour))
						b.append(f, large)
						b.must(f.Close())
					}
				})
			}
			for len(b.Alive()) > 1 {
				if calls := b.ready(); len(calls) == 0 {
					b.Await(time.Minute)
				} else if c := calls[r.IntN(len(calls))]; r.IntN(100) == 0 {
					b.Kill(c.Process)
				} else {
					b.Step(c, Fate{})
				}
			}
			stories[story.String()]++
		})
	}
	if len(stories) != 1 {
		t.Errorf("%d different runs: %v", len(stories), slices.Collect(maps.Values(stories)))
	}
}
