//go:build fault

package fault

import (
	"testing"
	"time"
)

// watcher measures the longest time in which no file grew.
type watcher struct {
	dir        string
	longest    time.Duration
	quit, done chan struct{}
}

func watch(t *testing.T, dir string) *watcher {
	t.Helper()
	w := &watcher{dir: dir, quit: make(chan struct{}), done: make(chan struct{})}
	go w.run()
	return w
}

func (w *watcher) run() {
	defer close(w.done)
	poll := time.NewTicker(25 * time.Millisecond)
	defer poll.Stop()
	last, since := int64(0), time.Time{} // the first line begins it
	for {
		select {
		case <-w.quit:
			return
		case now := <-poll.C:
			if n := size(w.dir); n != last {
				if !since.IsZero() {
					w.longest = max(w.longest, now.Sub(since))
				}
				last, since = n, now
			}
		}
	}
}

// stop returns the longest time between two lines.
func (w *watcher) stop() time.Duration {
	close(w.quit)
	<-w.done
	return w.longest
}
