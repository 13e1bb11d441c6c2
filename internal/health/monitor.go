package health

import (
	"cmp"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// stuckAfter is how long, beyond the time that a read may block, the loop may stand before it counts as stuck.
const stuckAfter = 30 * time.Second

// Monitor watches one worker. Its methods may be called by any goroutine.
type Monitor struct {
	consumer string
	host     string
	version  string
	patience time.Duration

	mu      sync.Mutex
	servers []server // of the receivers
	failure string   // why the last commit failed; "" for no failure

	progress atomic.Int64 // nanoseconds since 1970: something was read or written, or there was nothing to do
	turned   atomic.Int64 // nanoseconds since 1970: the last read or commit returned
	reading  atomic.Int32 // receivers that wait for messages
	writing  atomic.Int32 // commits that have begun
	phase    atomic.Int32 // of starting, running, stopping
}

const (
	starting int32 = iota
	running
	stopping
)

// NewMonitor returns a Monitor of a worker that starts. One read of the worker blocks no longer than readTime.
func NewMonitor(consumer, version string, readTime time.Duration) *Monitor {
	host, _ := os.Hostname() // an empty one is compared with an empty one
	m := &Monitor{consumer: consumer, host: host, version: version, patience: readTime + stuckAfter}
	m.moved()
	m.turned.Store(time.Now().UnixNano())
	return m
}

// server is what a receiver reads from.
type server struct {
	state string
	fails func() string
}

// WatchServer takes a func that tells why a receiver waits for its server, "" when it does not; state is how the worker is
// then, Redis or Database.
func (m *Monitor) WatchServer(state string, fails func() string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.servers = append(m.servers, server{state, fails})
}

// Joined says that all groups are joined: the worker reads from now on.
func (m *Monitor) Joined() {
	m.turned.Store(time.Now().UnixNano())
	m.phase.CompareAndSwap(starting, running)
}

// Stopping says that no more is read.
func (m *Monitor) Stopping() { m.phase.Store(stopping) }

// BeginRead says that a receiver asks for messages; the func that it returns, that it has an answer, and whether Redis
// gave one.
func (m *Monitor) BeginRead() (end func(answered bool)) {
	m.reading.Add(1)
	return func(answered bool) {
		m.reading.Add(-1)
		m.turned.Store(time.Now().UnixNano())
		if answered {
			m.moved()
		}
	}
}

// BeginCommit says that the sink writes; the func that it returns, how that ended.
func (m *Monitor) BeginCommit() (end func(error)) {
	m.writing.Add(1)
	return func(err error) {
		m.writing.Add(-1)
		m.turned.Store(time.Now().UnixNano())
		m.setFailure(err)
		if err == nil {
			m.moved()
		}
	}
}

func (m *Monitor) setFailure(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.failure = ""
	if err != nil {
		m.failure = err.Error()
	}
}

func (m *Monitor) moved() { m.progress.Store(time.Now().UnixNano()) }

// WaitsForServer reports whether a server is away, and why: the state is Redis or Database.
func (m *Monitor) WaitsForServer() (state, why string, waits bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.servers {
		if why := s.fails(); why != "" {
			return s.state, why, true
		}
	}
	return "", "", false
}

// WaitsForDisk reports whether lines cannot be written, and why not.
func (m *Monitor) WaitsForDisk() (why string, waits bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.failure, m.failure != ""
}

// Report tells how the worker is now.
func (m *Monitor) Report() Report {
	now := time.Now()
	r := Report{Live: true, State: m.state(), Consumer: m.consumer, Host: m.host, PID: os.Getpid(), Version: m.version}
	if r.State == Idle {
		m.moved()
	}
	r.Progress = max(now.Sub(time.Unix(0, m.progress.Load())), 0).Seconds()
	stands := now.Sub(time.Unix(0, m.turned.Load()))
	switch failure, waits := m.WaitsForDisk(); {
	case waits:
		r.Reason = failure
	case r.State == Redis || r.State == Database:
		_, r.Reason, _ = m.WaitsForServer()
		r.Reason = cmp.Or(r.Reason, r.State) // it has recovered just now
	case r.State != Idle && r.State != Working:
		r.Reason = r.State
	case stands > m.patience && m.writing.Load() > 0:
		r.State, r.Reason = Disk, fmt.Sprintf("the disk has not answered for %s", stands.Truncate(time.Second))
	case stands > m.patience:
		r.Live, r.Reason = false, fmt.Sprintf("the loop has not turned for %s", stands.Truncate(time.Second))
	default:
		r.Ready = true
	}
	return r
}

func (m *Monitor) state() string {
	_, failing := m.WaitsForDisk()
	server, _, away := m.WaitsForServer()
	switch {
	case failing:
		return Disk
	case away:
		return server
	case m.phase.Load() == starting:
		return Starting
	case m.phase.Load() == stopping:
		return Stopping
	case m.reading.Load() > 0 && m.writing.Load() == 0:
		return Idle
	}
	return Working
}
