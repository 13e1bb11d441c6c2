package health

import (
	"fmt"
	"time"

	"envelog/internal/age"
)

// The states of a worker.
const (
	Starting = "starting" // it connects, and waits for Redis if need be
	Idle     = "idle"
	Working  = "working"
	Redis    = "waiting for Redis"
	Database = "waiting for the database"
	Disk     = "waiting for the disk"
	Stopping = "stopping" // it finishes what it has read

	NotRunning = "not running" // of no worker
)

// Report tells how a worker is. Its JSON is the same in /livez, /readyz and envelog health.
type Report struct {
	Live     bool    `json:"live"`             // the loop turns; false: a restart may help
	Ready    bool    `json:"ready"`            // it reads and writes
	State    string  `json:"state"`            // one of the constants
	Reason   string  `json:"reason,omitempty"` // why it is not live or not ready
	Consumer string  `json:"consumer"`         // its name in the group
	Host     string  `json:"host"`
	PID      int     `json:"pid"`
	Version  string  `json:"version"`
	Progress float64 `json:"seconds_since_progress"` // since something was read, written, or there was nothing to do
}

// Waits reports whether the worker waits for something that comes back by itself: a restart would not help.
func (r Report) Waits() bool { return r.State == Redis || r.State == Database || r.State == Disk }

// Describe is the state, and the reason after it when there is one.
func (r Report) Describe() string {
	if r.Reason == "" || r.Reason == r.State {
		return r.State
	}
	return r.State + ": " + r.Reason
}

// note is what is kept in the file of a worker. Times are seconds since 1970.
type note struct {
	PID      int    `json:"pid"`
	Host     string `json:"host"`
	Consumer string `json:"consumer"`
	Version  string `json:"version"`
	Written  int64  `json:"written"`  // when the file was
	Progress int64  `json:"progress"` // as in Report
	Stuck    bool   `json:"stuck"`    // not live
	Ready    bool   `json:"ready"`
	State    string `json:"state"`
	Reason   string `json:"reason"`
}

// report makes a Report of a note that is now that old. A worker that has not written for longer than most is not live; one
// that made no progress, and waits for nothing, is not ready.
func (n note) report(now time.Time, most time.Duration) Report {
	r := Report{
		Live: !n.Stuck, Ready: n.Ready, State: n.State, Reason: n.Reason, Consumer: n.Consumer, Host: n.Host, PID: n.PID, Version: n.Version,
		Progress: max(now.Sub(time.Unix(n.Progress, 0)), 0).Seconds(),
	}
	silent, stuck := now.Sub(time.Unix(n.Written, 0)), now.Sub(time.Unix(n.Progress, 0))
	switch {
	case silent > most:
		r.Live, r.Ready = false, false
		r.Reason = fmt.Sprintf("it has not been heard of for %s, it was %s", age.Of(time.Unix(n.Written, 0)), n.State)
	case stuck > most && !r.Waits():
		r.Ready = false
		r.Reason = fmt.Sprintf("it is %s, without progress for %s", n.State, age.Of(time.Unix(n.Progress, 0)))
		if n.Reason != "" && n.Reason != n.State {
			r.Reason += ": " + n.Reason
		}
	}
	return r
}
