package consumer

import (
	"context"
	"time"

	"envelog/record"
	"envelog/transport"
)

// Receiver hands out entries of one transport and takes acknowledgements for them. Whoever made it connects it before
// Run and closes it afterwards.
//
// Receive is called by one goroutine; Ack by another one, at the same time, and Flush when that one is done; Keepalive,
// where there is one, by a third.
type Receiver interface {
	// Receive returns the next entries, at least one as soon as there is one, and never more than limit, which is 1 or
	// more. It blocks no longer than wait, 0 being not at all, and then returns an empty batch. It returns promptly
	// when ctx is cancelled, with what it has or with the error of ctx, and never loses what was already delivered to
	// it. Outages that can pass are survived inside; any other error is final. With an error the batch is empty. An empty
	// batch is not released.
	// At most [MaxBatches] batches are alive at a time: those that are read ahead, prepared, and written.
	Receive(ctx context.Context, limit int, wait time.Duration) (transport.Batch, error)
	// Ack removes the entries with these ids from what is pending. It may send now and read the answer later: in the next
	// Ack, in a Receive that has nothing else to do, or in Flush. The ids are valid during the call only. Acknowledging
	// twice is no error. An error is final.
	Ack(ctx context.Context, ids [][]byte) error
	// Flush waits until all that Ack was given is confirmed.
	Flush(ctx context.Context) error
}

// Prefetcher is a [Receiver] that can ask its server for the entries of a later Receive while it reads those of the next one.
type Prefetcher interface {
	// Prefetch says that after the next Receive another one will come, with this limit, whatever happens meanwhile. It is
	// called by the goroutine of Receive. A Receive hands out what was asked for before also when its ctx has ended.
	Prefetch(limit int)
}

// Keepaliver is a [Receiver] that can say of entries that they are still being handled, so that no other consumer
// claims them (Symfony KeepaliveReceiverInterface). Ids that were acknowledged meanwhile are ignored. The ids are valid
// during the call only.
type Keepaliver interface {
	Keepalive(ctx context.Context, ids [][]byte) error
}

// Waiter is a [Receiver] that can say that it waits for its server: an empty batch does not mean that the transport is empty
// then.
type Waiter interface {
	Waiting() bool
}

// Leaver is a [Receiver] that hands out entries again, later, that were left pending: another process has them in flight, Failures
// could not take them, or their file failed alone when their batch had been released. Only batches of a Leaver are released before
// their lines are committed. The ids are valid during the call only, which may come at the same time as Receive.
type Leaver interface {
	Leave(ids [][]byte)
}

// Rejecter is a [Receiver] that acknowledges in another way what was not handled and is kept raw (Symfony's
// ReceiverInterface::reject). Its rules are those of Ack.
type Rejecter interface {
	AckRejected(ctx context.Context, ids [][]byte) error
}

// Decoder makes records of entries; it is used by one goroutine at a time.
type Decoder interface {
	// Decode fills r from e. The bytes of r are valid until the next call. An error means that this entry will never
	// decode; the next entry is not affected by it.
	Decode(e *transport.Entry, r *record.Record) error
	// Class returns the PHP class of the message that Decode saw last, as far as it came; valid until the next Decode.
	Class() []byte
}

// Formatter makes lines of records.
type Formatter interface {
	// Append appends the line of r, with the line feed that ends it, to dst.
	Append(dst []byte, r *record.Record) []byte
}

// Sink keeps lines; it is used by one goroutine at a time. A source is an index in [Config.Sources]; ids are unique
// within each.
type Sink interface {
	// Written reports whether the line of an entry is safe already, since it was handed out before: then the entry is
	// acknowledged without being staged. No may be wrong, and Commit has the last word; yes may not.
	Written(source int, e *transport.Entry) bool
	// Stage takes the line of one entry, copying all that it is given. Nothing is written before Commit.
	Stage(source int, e *transport.Entry, channel []byte, at time.Time, line []byte)
	// Commit writes all lines that are staged and were not written before, and returns when they are as safe as the sink
	// was told to make them. After an error the lines that are not safe stay staged, and Commit can be called again; the
	// error tells by [Unsaved] which ones those are, otherwise none is safe. A line is written whole or not at all.
	Commit() error
	// Drop forgets the lines that the last Commit said fail Alone.
	Drop()
}

// Unsaved is the error (errors.As) of a Commit that saved some lines and others not.
type Unsaved interface {
	error
	// Unsaved reports whether the line that was staged with this source and id is not safe, and stays staged.
	Unsaved(source int, id []byte) bool
	// Held reports whether the line that was staged with this source and id is not safe, and was dropped: another process has
	// the entry in flight. It stays pending, and is looked at again when it is handed out again.
	Held(source int, id []byte) bool
	// Alone returns why the line that was staged with this source and id is not safe, when the reason is in its file: others
	// can be written. Otherwise it returns nil.
	Alone(source int, id []byte) error
}

// Failures decides what becomes of entries of one transport that could not be handled: they are retried, parked, kept or
// ignored, or stay pending. It is used by one goroutine at a time, and logs what it does.
type Failures interface {
	// Handle decides what becomes of e, and does it. An error leaves e pending, as it was, and does not affect the next
	// one.
	Handle(ctx context.Context, e *transport.Entry, f Failure) (Outcome, error)
}

// Observer is told what becomes of the entries of one source, for metrics. Its methods return quickly, and are called by
// two goroutines at the same time: Received by that of Run, the others by the writer. What they are given is valid
// during the call only.
type Observer interface {
	// Received says that the receiver handed out a batch of that many entries.
	Received(entries int)
	// Written says that these lines are committed and their entries acknowledged. Lines that follow each other and have
	// all in common are one element.
	Written(lines []Lines)
	// Recognized says that entries came again whose line had been written before, and were acknowledged.
	Recognized(entries int)
	// Ignored says that entries are not for this worker, and were acknowledged.
	Ignored(entries int)
	// Failed says that an attempt failed, and what became of the entry.
	Failed(f Failure, o Outcome)
	// Left says that entries stay pending.
	Left(entries int)
}

// Lines are lines that were committed, of records of one channel and level.
type Lines struct {
	Channel []byte // any bytes
	Level   record.Level
	Arrived uint64 // when their entries were added to the transport, in milliseconds since 1970; 0 if their ids do not say
	Count   int
	Bytes   int // of all of them
}

// Failure is why an entry was not handled.
type Failure struct {
	Err   error
	Class string // of the message, as far as it is known
	// Passing says that the message is in order, and may be handled when it is tried again: its file could not be
	// written, while others could.
	Passing bool
}

// Outcome is what became of an entry that could not be handled.
type Outcome uint8

// The outcomes. What is Retried or Parked is acknowledged already; what is Kept or Ignored is to be acknowledged.
const (
	Left    Outcome = iota // given back: it stays pending, for others
	Retried                // a copy was sent, to be handed out again later
	Parked                 // a copy was sent to the failure transport
	Kept                   // kept raw
	Ignored                // not worth keeping
	Stayed                 // given back to the failure transport from which it came, where it failed again
)
