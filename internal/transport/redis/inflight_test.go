package redis

import (
	"runtime"
	"sync"
	"testing"

	"envelog/transport/streamid"
)

// A look at the pending list skips what is in flight. One that began between the two steps of Leave, after the time for it was
// set, would forget that time and skip the entry.
func TestTheTimeOfWhatIsLeftIsSetOnceItIsNotInFlight(t *testing.T) {
	r := new(Receiver)
	r.inflight.add([]found{{id: streamid.ID{MS: 17, Seq: 1}}})
	var left sync.WaitGroup
	r.inflight.mu.Lock()
	left.Go(func() { r.Leave([][]byte{[]byte("17-1")}) })
	for range 1000 {
		if runtime.Gosched(); r.leftUntil.Load() != 0 {
			t.Error("the entry is still in flight")
			break
		}
	}
	r.inflight.mu.Unlock()
	left.Wait()
	if len(r.inflight.snapshot()) > 0 || r.leftUntil.Load() == 0 {
		t.Error("the entry is not looked for again")
	}
}
