package worker

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"envelog/internal/sink"
	"envelog/internal/transport"
	"envelog/internal/transport/redis"
)

// The states of a worker.
const (
	stateIdle    = "idle"
	stateWorking = "working"
	stateRedis   = "waiting for Redis"
	stateDisk    = "waiting for the disk"
)

// Pulse is what a worker leaves in a file for envelog health. Times are seconds since 1970.
type Pulse struct {
	PID      int    `json:"pid"`
	Host     string `json:"host"`
	Consumer string `json:"consumer"`
	Written  int64  `json:"written"`  // when the file was
	Progress int64  `json:"progress"` // when something came from Redis or reached the disk, or there was nothing to do
	State    string `json:"state"`
}

// beatEvery is the pause between two writes of the file.
const beatEvery = time.Second

// pulseBytes is the size of the file. It never changes, so that writing needs no room on a disk that is full.
const pulseBytes = 512

// heartbeat watches a worker from its receivers and its sink, and writes down how it is. It never keeps the worker from
// working: what goes wrong with the file is for envelog health to notice.
type heartbeat struct {
	path     string
	pulse    Pulse
	mu       sync.Mutex
	waiting  []func() bool // of the receivers: Redis is away
	progress atomic.Int64
	reading  atomic.Int32 // receivers that wait for messages
	writing  atomic.Int32 // commits that have begun
	failing  atomic.Bool  // the last commit failed
}

func newHeartbeat(path, consumer string) *heartbeat {
	host, _ := os.Hostname() // an empty one is compared with an empty one
	b := &heartbeat{path: path, pulse: Pulse{PID: os.Getpid(), Host: host, Consumer: consumer}}
	b.moved()
	return b
}

func (b *heartbeat) moved() { b.progress.Store(time.Now().Unix()) }

// Run writes the file once a second until ctx is cancelled, then removes it: a worker that has ended is none.
func (b *heartbeat) Run(ctx context.Context) error {
	defer func() { _ = os.Remove(b.path) }()
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	for {
		b.write()
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (b *heartbeat) write() {
	if b.pulse.State = b.state(); b.pulse.State == stateIdle {
		b.moved()
	}
	b.pulse.Written, b.pulse.Progress = time.Now().Unix(), b.progress.Load()
	text, err := json.Marshal(b.pulse)
	if err != nil {
		return
	}
	file, err := os.OpenFile(b.path, os.O_WRONLY|os.O_CREATE|unix.O_NOFOLLOW, 0o640)
	if err != nil {
		return
	}
	defer func() { _ = file.Close() }()
	_, _ = file.WriteAt(fmt.Appendf(nil, "%-*s\n", pulseBytes-1, text), 0)
}

func (b *heartbeat) state() string {
	if b.failing.Load() {
		return stateDisk
	}
	if b.isWaiting() {
		return stateRedis
	}
	if b.reading.Load() > 0 && b.writing.Load() == 0 {
		return stateIdle
	}
	return stateWorking
}

func (b *heartbeat) isWaiting() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.ContainsFunc(b.waiting, func(waiting func() bool) bool { return waiting() })
}

// watchedReceiver tells a heartbeat what a receiver does.
type watchedReceiver struct {
	*redis.Receiver
	beat *heartbeat
}

func (b *heartbeat) receiver(r *redis.Receiver) watchedReceiver {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting = append(b.waiting, r.Waiting)
	return watchedReceiver{r, b}
}

// Receive implements [consumer.Receiver].
func (r watchedReceiver) Receive(ctx context.Context, limit int, wait time.Duration) (transport.Batch, error) {
	r.beat.reading.Add(1)
	defer r.beat.reading.Add(-1)
	batch, err := r.Receiver.Receive(ctx, limit, wait)
	if err == nil && !r.Waiting() {
		r.beat.moved()
	}
	return batch, err
}

// watchedSink tells a heartbeat what a sink does.
type watchedSink struct {
	*sink.Sink
	beat *heartbeat
}

// Commit implements [consumer.Sink].
func (w watchedSink) Commit() error {
	w.beat.writing.Add(1)
	defer w.beat.writing.Add(-1)
	err := w.Sink.Commit()
	w.beat.failing.Store(err != nil)
	if err == nil {
		w.beat.moved()
	}
	return err
}
