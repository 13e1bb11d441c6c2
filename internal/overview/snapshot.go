package overview

import "time"

// Snapshot is how everything is at one moment.
type Snapshot struct {
	At         time.Time   `json:"at"`
	Transports []Transport `json:"transports"`
	Files      []File      `json:"files"`             // that were written to most recently, the busiest first
	Errors     []Line      `json:"errors"`            // the last lines of level ERROR and above, the newest first
	Problem    string      `json:"problem,omitempty"` // why the log directory cannot be read
}

// Transport is how the queue of a transport is, and who reads it.
type Transport struct {
	Name      string     `json:"name"`
	Waiting   int        `json:"waiting"`
	Pending   int        `json:"pending"`
	Delayed   int        `json:"delayed"`
	Failed    int        `json:"failed"`         // on its failure transport
	Oldest    float64    `json:"oldest_seconds"` // age of the oldest message; 0 for none
	Arriving  float64    `json:"arriving_per_second"`
	Reading   float64    `json:"reading_per_second"` // by all consumers of the group
	Consumers []Consumer `json:"consumers"`
	Problem   string     `json:"problem,omitempty"` // why it is not known
}

// The states of a consumer.
const (
	Alive  = "alive"  // of envelog, with a heartbeat
	Silent = "silent" // of envelog, without one
	Gone   = "gone"   // of envelog, ended, with messages pending
	PHP    = "php"    // without a heartbeat, as PHP's
)

// Consumer is one consumer of a group.
type Consumer struct {
	Name    string  `json:"name"`
	State   string  `json:"state"`
	Pending int     `json:"pending"`
	Idle    float64 `json:"idle_seconds"` // since it last asked for messages
}

// File is a log file.
type File struct {
	Name    string    `json:"name"`
	Channel string    `json:"channel"`
	Bytes   int64     `json:"bytes"`
	Changed time.Time `json:"changed"`
	Lines   float64   `json:"lines_per_second"`
	Growth  float64   `json:"bytes_per_second"`
}

// Line is a line of a log file.
type Line struct {
	Time    time.Time `json:"time"`
	Channel string    `json:"channel"`
	Level   string    `json:"level"`
	Text    string    `json:"text"`
}
