package consumer

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// When the disk is quick again, the writer leaves the spare memory to the garbage collector, and the goroutine of Run may take some
// at that moment. Neither may wait for the other.
func TestSpareMemoryIsTakenWhileItIsCleared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const times = 100000
		r := &run{free: make(chan *portion, mostPortions)}
		w := &writer{run: r}
		var both sync.WaitGroup
		both.Go(func() {
			for range times {
				w.giveLines(&portion{lines: make([]byte, 0, 1)})
				w.release()
			}
		})
		both.Go(func() {
			for range times {
				r.takeLines(new(portion))
			}
		})
		both.Wait()
	})
}

// Each buffer grows to the size of the largest portion that it ever had, and dozens of them are in use while a disk is slow.
func TestTheMemoryOfLinesIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const count, large = 5000, 1 << 20
		waiting := messages("app", count)
		random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same each time
		text := strings.Repeat("x", large)
		for i := range count / 40 {
			waiting[random.IntN(count)] = fmt.Sprintf("file%d:%s", i, text)
		}
		g := build(t, func(c *Config) { c.FetchSize, c.Limit = 1, count }, newReceiver(t, waiting...))
		g.sink.takes = 100 * time.Millisecond
		r := begin(t.Context(), g.consumer)
		for r.reading.Err() == nil {
			if f, batch, ok := r.next(); ok {
				r.prepare(f, batch)
			}
			r.checkLimits()
		}
		r.drain()
		if err := r.end(); err != nil {
			t.Fatal(err)
		}
		g.settled()
		kept := 0
		for len(r.free) > 0 {
			kept += cap((<-r.free).lines)
		}
		for _, lines := range r.spare.free {
			kept += cap(lines)
		}
		if most := mostSpare + (mostWhole+1)*2*large; kept > most {
			t.Errorf("%d bytes of memory are kept, more than %d", kept, most)
		}
	})
}
