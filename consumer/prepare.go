package consumer

import (
	"log/slog"
	"time"

	"envelog/record"
	"envelog/transport"
)

// portions is how many there are: while some are written, the next ones are prepared.
const portions = 4

// MaxBatches is how many batches of one [Receiver] are alive at most.
const MaxBatches = portions + readAhead

// maxPortion is how many bytes of memory a portion keeps for the next batch.
const maxPortion = 2 * DefaultCommitBytes

// portion is a batch, or a piece of a large one, with the lines that its entries become.
type portion struct {
	fetcher *fetcher
	batch   transport.Batch
	entries []transport.Entry // of the batch, those that this portion is about
	last    bool              // no other portion of the batch comes after this one
	narrate bool              // each message is worth a log line

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

// prepare makes lines of the batch, and hands it to the writer, in portions of CommitBytes or little more. It is given
// a portion that is free and returns another one.
func (r *run) prepare(p *portion, f *fetcher, batch transport.Batch) *portion {
	r.batches.Add(1)
	r.received.Add(uint64(len(batch.Entries)))
	if f.Observer != nil {
		f.Observer.Received(len(batch.Entries))
	}
	p.begin(f, batch, batch.Entries, r.Log.Enabled(r.work, slog.LevelInfo))
	for i := range batch.Entries {
		if len(p.lines) >= r.CommitBytes {
			p = r.split(p, i)
		}
		r.make(p, &batch.Entries[i])
	}
	p.last = true
	r.prepared <- p
	return <-r.free
}

// split hands over the entries of the batch before the one at index, and returns a portion for the others.
func (r *run) split(p *portion, index int) *portion {
	narrate, f, batch := p.narrate, p.fetcher, p.batch
	p.entries = p.entries[:len(p.outcomes)]
	r.prepared <- p
	p = <-r.free
	p.begin(f, batch, batch.Entries[index:], narrate)
	return p
}

// begin makes a portion of entries, with nothing prepared. The memory of one huge line is given back.
func (p *portion) begin(f *fetcher, batch transport.Batch, entries []transport.Entry, narrate bool) {
	p.fetcher, p.batch, p.entries, p.narrate, p.last = f, batch, entries, narrate, false
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
	o.channel, o.line = len(p.channels), len(p.lines)
	p.outcomes = append(p.outcomes, o)
	if o.err == nil && p.narrate {
		r.sayReceived(o.class, e)
	}
}

// of returns the channel and the line of the outcome at index.
func (p *portion) of(index int) (channel, line []byte) {
	var before outcome
	if index > 0 {
		before = p.outcomes[index-1]
	}
	o := &p.outcomes[index]
	return p.channels[before.channel:o.channel], p.lines[before.line:o.line]
}
