package simulation

import (
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"time"

	"envelog/internal/rejected"
	"envelog/internal/sink"
	"envelog/internal/vfs/simfs"
	"envelog/transport"
)

// keeper is what a worker needs of a [sink.Sink].
type keeper interface {
	Written(source int, e *transport.Entry) bool
	Stage(source int, e *transport.Entry, channel []byte, at time.Time, line []byte)
	Commit() error
	Drop()
	Reopen()
	RemoveJournals(isPending func(source int, min, max string) (bool, error)) error
	Close() error
}

// slot is a process that starts again after a kill, under the same name: a worker, or a writer of another program.
type slot struct {
	r       *run
	index   int
	name    string
	life    int
	process *simfs.Process // of the present life, or of the last one
	startAt time.Time      // zero: it does not start
	goOnAt  time.Time      // zero: it is not stopped
	done    bool           // it has ended its work
	gone    bool           // killed for good
	steps   [aRedisStep + 1]int
	told    int      // the step at which its journal was last written
	locked  int      // the step at which it last tried to get the directory lock: when it appends, the one at which it got it
	looked  int      // the step at which it last looked at a log file: right before an append, to tell its journal of the place
	slipped int      // the step of its last append behind one of a writer without locks, until its journal has that on disk; 0: none
	short   []area   // what appends that were cut short have left, until it is taken back
	journal string   // the name of its own
	ending  bool     // in good order
	undone  []area   // of these, what it has taken back, and nobody has synced yet
	joined  []area   // what the rest has been written behind, and nobody has synced yet
	unsure  []uint64 // files whose sync has failed, until it writes to its journal
	open    func(*simfs.Process, sink.Options) (keeper, error)
}

// morning is when the virtual clock begins.
var morning = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// work is what a worker does in a life.
func (s *slot) work(p *simfs.Process) {
	defer func() {
		if reason := recover(); reason != nil {
			s.r.violate("panic", fmt.Sprintf("%s: %v\n%s", p.Name, reason, debug.Stack()))
		}
	}()
	k, err := s.open(p, sink.Options{
		Dir: logDir, Journal: s.name, Sources: []string{"stream"}, Sync: s.r.plan.modeOf(s.index), RotateSize: s.r.plan.rotate,
		JournalBytes: s.r.plan.journal, MaxOpenFiles: s.r.plan.files,
		Logger: s.r.logger(p),
	})
	if err != nil {
		s.r.tell(p.Name, fmt.Sprintf("cannot start: %v", err))
		return
	}
	shelf, err := s.openShelf(p)
	if err != nil {
		s.r.tell(p.Name, fmt.Sprintf("cannot start: %v", err))
		return
	}
	life := s.life
	for pause := 50 * time.Millisecond; ; {
		var batch []*entry
		var done bool
		p.Do("asks Redis", func() {
			batch, done = s.r.redis.ask(s.index, life)
			s.r.tell(p.Name, "gets "+numbers(batch))
		})
		switch {
		case done:
			s.ending = true
			if err := k.Close(); err != nil {
				s.r.tell(p.Name, fmt.Sprintf("closes with %v", err))
			}
			s.done = true
			return
		case len(batch) == 0:
			if err := k.RemoveJournals(s.r.redis.isPending(p)); err != nil {
				s.r.tell(p.Name, fmt.Sprintf("cannot remove journals: %v", err))
			}
			time.Sleep(pause)
			pause = min(2*pause, time.Second)
		default:
			pause = 50 * time.Millisecond
			s.handle(p, k, s.reject(p, shelf, batch, life), life)
		}
		switch mix(s.r.plan.schedule, 11, uint64(s.index), uint64(s.r.redis.asked[s.index])) % 40 {
		case 0:
			k.Reopen() // SIGHUP
		case 1:
			s.ending = true
			_ = k.Close() // stops in good order, and is started again
			return
		}
	}
}

// openShelf opens the directory of rejected entries, when there are any.
func (s *slot) openShelf(p *simfs.Process) (*rejected.Keeper, error) {
	if s.r.plan.bad == 0 {
		return nil, nil
	}
	return rejected.Open(logDir, rejected.Options{FS: p, Token: p.Name})
}

// reject keeps the entries of a batch that cannot be decoded, acknowledges them, and returns the others.
func (s *slot) reject(p *simfs.Process, shelf *rejected.Keeper, batch []*entry, life int) (others []*entry) {
	var kept, left []*entry
	for _, e := range batch {
		if !e.bad {
			others = append(others, e)
			continue
		}
		if _, err := shelf.Keep(e.transport(), errors.New("it cannot be decoded")); err != nil {
			s.r.tell(p.Name, fmt.Sprintf("cannot keep entry %d: %v", e.n, err))
			left = append(left, e)
			continue
		}
		kept = append(kept, e)
	}
	if len(kept)+len(left) > 0 {
		p.Do("answers Redis", func() {
			s.answer(p, kept, left, life)
			s.r.ledger.checkRejected()
		})
	}
	return others
}

func numbers(batch []*entry) string {
	if len(batch) == 0 {
		return "nothing"
	}
	s := "entries"
	for _, e := range batch {
		s += fmt.Sprintf(" %d", e.n)
	}
	return s
}

// handle writes a batch and acknowledges it, as the consumer does.
func (s *slot) handle(p *simfs.Process, k keeper, batch []*entry, life int) {
	var safe, staged []*entry
	for _, e := range batch {
		if k.Written(0, e.transport()) {
			safe = append(safe, e)
			continue
		}
		k.Stage(0, e.transport(), fmt.Appendf(nil, "app%d", e.channel), s.r.plan.day(), []byte(e.tally.text))
		staged = append(staged, e)
		if !slices.Contains(e.journals, s.journal) {
			e.journals = append(e.journals, s.journal)
		}
	}
	for first := true; first || len(staged) > 0; first = false {
		s.r.redis.commits[s.index]++
		err := k.Commit()
		var left, held []*entry
		var failed *sink.CommitError
		_ = errors.As(err, &failed)
		alone := false
		for _, e := range staged {
			switch {
			case failed == nil:
				safe = append(safe, e)
			case failed.Alone(0, e.id()) != nil:
				alone = true
				held = append(held, e)
			case failed.Unsaved(0, e.id()):
				left = append(left, e)
			case failed.Held(0, e.id()):
				held = append(held, e)
			default:
				safe = append(safe, e)
			}
		}
		if alone {
			k.Drop()
		}
		if err != nil {
			s.r.tell(p.Name, fmt.Sprintf("says %v", err))
		}
		if err == nil {
			for _, e := range staged {
				s.saved(e.channel)
			}
		}
		s.acknowledge(p, safe, held, life)
		if staged, safe = left, nil; len(staged) > 0 {
			time.Sleep(100 * time.Millisecond)
		}
	}
}

func (s *slot) acknowledge(p *simfs.Process, safe, held []*entry, life int) {
	p.Do("answers Redis", func() {
		s.answer(p, safe, held, life)
		if len(safe) > 0 {
			s.r.ledger.check(false)
		}
	})
}

// answer acknowledges entries, and leaves others pending.
func (s *slot) answer(p *simfs.Process, safe, held []*entry, life int) {
	for _, e := range safe {
		s.r.redis.ack(e, s.index)
	}
	for _, e := range held {
		s.r.redis.leave(e, s.index, life)
	}
	if len(held) > 0 {
		s.r.tell(p.Name, "leaves "+numbers(held)+" pending")
	}
	if len(safe) > 0 {
		s.r.tell(p.Name, "acknowledges "+numbers(safe))
	}
}

// logger tells the story what a process logs.
func (r *run) logger(p *simfs.Process) *slog.Logger {
	if r.story == nil {
		return slog.New(slog.DiscardHandler)
	}
	options := &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}
	return slog.New(slog.NewTextHandler(voice{r, p}, options))
}

type voice struct {
	r *run
	p *simfs.Process
}

func (v voice) Write(b []byte) (int, error) {
	v.r.tell(v.p.Name, "logs "+string(b[:len(b)-1]))
	return len(b), nil
}
