package consumer

import (
	"log/slog"
	"time"

	"envelog/record"
	"envelog/transport"
)

// MaxBatches is how many batches of one [Receiver] are alive at most: those that are whole, the one that is prepared, and
// those that are read ahead.
const MaxBatches = mostWhole + 1 + readAhead

// maxPortion is how many bytes of memory a portion keeps for the next batch.
const maxPortion = 2 * DefaultCommitBytes

// portion is a batch, or a piece of a large one, with the lines that its entries become.
type portion struct {
	fetcher *fetcher
	batch   transport.Batch
	entries []transport.Entry // of the batch, those that this portion is about
	last    bool              // no other portion of the batch comes after this one
	narrate bool              // each message is worth a log line
	failed  bool              // one of the outcomes at least is an error
	whole   bool              // its batch is not released; it has a token of run.inMemory

	copies []transport.Entry // what is left of the entries when the batch is released
	ids    []byte            // of the copies
	sums   []uint32          // of the copies

	outcomes []outcome // of entries, in their order
	channels []byte    // of the outcomes, end to end
	lines    []byte    // of the outcomes, end to end
}

// outcome is what became of an entry when it was decoded: a line, or the reason why there isn't one.
type outcome struct {
	channel, line int // where they end in channels and lines; they begin where those of the outcome before end
	at            time.Time
	level         record.Level
	class         string // of the message; empty unless it is worth a log line
	err           error
}

// prepare makes lines of the batch, and hands it to the writer, in portions of CommitBytes or little more.
func (r *run) prepare(f *fetcher, batch transport.Batch) {
	r.batches.Add(1)
	r.received.Add(uint64(len(batch.Entries)))
	if f.Observer != nil {
		f.Observer.Received(len(batch.Entries))
	}
	p := r.newPortion()
	p.begin(f, batch, batch.Entries, r.Log.Enabled(r.work, slog.LevelInfo))
	for i := range batch.Entries {
		if len(p.lines) >= r.CommitBytes {
			p = r.split(p, i)
		}
		r.make(p, &batch.Entries[i])
	}
	p.last = true
	r.handOver(p)
}

func (r *run) newPortion() (p *portion) {
	select {
	case p = <-r.free:
	default:
		p = new(portion)
	}
	if p.lines == nil {
		r.takeLines(p)
	}
	return p
}

// takeLines gives p memory for lines, as much as the portion before needed: buffers that grow leave garbage.
func (r *run) takeLines(p *portion) {
	if p.lines = r.spare.take(); p.lines == nil {
		p.lines = make([]byte, 0, r.usual)
	}
}

// split hands over the entries of the batch before the one at index, and returns a portion for the others.
func (r *run) split(p *portion, index int) *portion {
	narrate, f, batch := p.narrate, p.fetcher, p.batch
	p.entries = p.entries[:len(p.outcomes)]
	r.handOver(p)
	p = r.newPortion()
	p.begin(f, batch, batch.Entries[index:], narrate)
	return p
}

// begin makes a portion of entries, with nothing prepared. The memory of one huge line is given back.
func (p *portion) begin(f *fetcher, batch transport.Batch, entries []transport.Entry, narrate bool) {
	p.fetcher, p.batch, p.entries, p.narrate, p.last, p.failed = f, batch, entries, narrate, false, false
	p.outcomes, p.channels, p.lines = p.outcomes[:0], p.channels[:0], p.lines[:0]
	if cap(p.lines) > maxPortion {
		p.lines = nil
	}
}

// make makes the line of e.
func (r *run) make(p *portion, e *transport.Entry) {
	var o outcome
	var rec *record.Record
	if p.lines, rec, o.err = p.fetcher.Pipeline.Append(p.lines, e); o.err == nil {
		o.at, o.level = rec.Time, rec.Level
		p.channels = append(p.channels, rec.Channel...)
	}
	if o.err != nil || p.narrate {
		o.class = string(p.fetcher.Pipeline.Class())
	}
	p.failed = p.failed || o.err != nil
	o.channel, o.line = len(p.channels), len(p.lines)
	p.outcomes = append(p.outcomes, o)
	if o.err == nil && p.narrate {
		r.sayReceived(o.class, e)
	}
}

// before returns the outcome before the one at index, behind whose channel and line those of this one begin.
func (p *portion) before(index int) (o outcome) {
	if index > 0 {
		o = p.outcomes[index-1]
	}
	return o
}

func (p *portion) channel(index int) []byte {
	return p.channels[p.before(index).channel:p.outcomes[index].channel]
}

func (p *portion) line(index int) []byte {
	return p.lines[p.before(index).line:p.outcomes[index].line]
}

// bytes returns the length of the line of the outcome at index.
func (p *portion) bytes(index int) int { return p.outcomes[index].line - p.before(index).line }
