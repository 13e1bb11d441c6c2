package worker

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"envelog/internal/console"
	"envelog/internal/statedir"
	"envelog/internal/vfs"
)

// NewestPulse returns the note of the consumer, or without a name the newest one of this host; or why there is none.
func NewestPulse(dir, consumer string) (newest Pulse, problem string) {
	host, err := os.Hostname()
	if err != nil {
		return newest, err.Error()
	}
	state := statedir.Of(vfs.OS, dir)
	paths, err := state.HealthFiles()
	if err != nil {
		return newest, err.Error()
	}
	if consumer != "" {
		paths = []string{state.HealthFile(consumer)}
	}
	found := false
	for _, path := range paths {
		p, err := readPulse(path)
		if err != nil || consumer == "" && p.Host != host {
			continue
		}
		if !found || p.Written > newest.Written {
			newest, found = p, true
		}
	}
	if !found {
		return newest, fmt.Sprintf("no worker of this host runs with the log directory %s", dir)
	}
	return newest, ""
}

// Problem says what is wrong with the worker that left the note, "" for nothing.
func (p Pulse) Problem(now time.Time, most time.Duration) string {
	silent, stuck := now.Sub(time.Unix(p.Written, 0)), now.Sub(time.Unix(p.Progress, 0))
	switch {
	case silent > most:
		return fmt.Sprintf("consumer %s has not been heard of for %s, it was %s", p.Consumer, console.Age(time.Unix(p.Written, 0)), p.State)
	case stuck > most:
		return fmt.Sprintf("consumer %s is %s, without progress for %s", p.Consumer, p.State, console.Age(time.Unix(p.Progress, 0)))
	}
	return ""
}

// readPulse reads what a worker left.
func readPulse(path string) (p Pulse, err error) {
	text, err := readStart(path)
	if err != nil {
		return p, err
	}
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return p, errors.New("it is damaged")
	}
	return p, nil
}
