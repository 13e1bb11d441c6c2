//go:build fault

package fault

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"
)

// victims is what TestRandomKills kills, and in which chain.
type victims struct {
	name           string
	envelog, redis bool
	workers        int
	flags          string
	php            string        // writers of PHP on the same files: "", "with" or "without" locks
	syncs          time.Duration // how much longer a sync takes than on this disk
	share          int           // of the kills, of a hundred
}

// TestRandomKills kills at random moments, down to 10 ms after the start, for as long as there are kills left: with big and
// small batches, in each mode of --sync, and beside PHP.
func TestRandomKills(t *testing.T) {
	keepBusy(t, *load)
	for i, v := range []victims{
		{name: "kill -9 of envelog, one consumer", envelog: true, workers: 1, share: 8},
		{name: "kill -9 of envelog, one consumer", envelog: true, workers: 1, flags: "--sync=interval --fetch-size=1000", share: 8},
		{name: "kill -9 of envelog, one consumer", envelog: true, workers: 1, flags: "--sync=never --fetch-size=1", share: 4},
		{name: "kill -9 of envelog, three consumers on one volume", envelog: true, workers: 3, share: 8},
		{name: "kill -9 of envelog, three consumers on one volume", envelog: true, workers: 3, flags: "--sync=interval --fetch-size=1", share: 4},
		{name: "kill -9 of envelog, three consumers on one volume", envelog: true, workers: 3, flags: "--sync=never --fetch-size=1000", share: 8},
		{name: "kill -9 of envelog, one consumer", envelog: true, workers: 1, syncs: 20 * time.Millisecond, share: 4},
		{name: "kill -9 of envelog, three consumers on one volume", envelog: true, workers: 3, syncs: 5 * time.Millisecond, share: 4},
		{name: "kill -9 of envelog, five consumers on one volume", envelog: true, workers: 5, flags: "--fetch-size=1000", share: 8},
		{name: "kill -9 of envelog, five consumers on one volume", envelog: true, workers: 5, flags: "--sync=interval", share: 6},
		{name: "kill -9 of envelog, three consumers on one volume", envelog: true, workers: 3, php: "with", share: 9},
		{name: "kill -9 of envelog, three consumers on one volume", envelog: true, workers: 3, php: "without", share: 9},
		{name: "kill -9 of Redis (appendfsync always)", redis: true, workers: 1, share: 4},
		{name: "kill -9 of both, one consumer", envelog: true, redis: true, workers: 1, share: 8},
		{name: "kill -9 of both, three consumers on one volume", envelog: true, redis: true, workers: 3, share: 8},
	} {
		t.Run(strings.TrimSpace(v.name+" "+v.flags+" "+v.slow()), func(t *testing.T) {
			t.Parallel()
			v.killRandomly(t, fmt.Sprintf("1.%02d", i), rand.New(rand.NewPCG(*seed, uint64(i))))
		})
	}
}

// killsOfAChain is after how many kills a chain is checked, and another one begun, so that the files do not fill the disk.
const killsOfAChain = 400

// killRandomly kills its share, and reports all chains as one row.
func (v victims) killRandomly(t *testing.T, name string, random *rand.Rand) {
	all := row{name: name, broken: v.name}
	n := max(1, *kills*v.share/100)
	for left := n; left > 0 && !t.Failed(); left -= killsOfAChain {
		r := v.killOneChain(t, min(left, killsOfAChain), random)
		all.messages, all.lost, all.doubled = all.messages+r.messages, all.lost+r.lost, all.doubled+r.doubled
		all.stall, all.said = max(all.stall, r.stall), r.said
	}
	if v.flags != "" {
		all.broken += ", `" + v.flags + "`"
	}
	if v.php != "" {
		all.broken += ", beside PHP " + v.php + " locks"
	}
	if v.syncs > 0 {
		all.broken += ", " + v.slow()
	}
	all.broken += fmt.Sprintf(", %d times", n)
	report(all)
}

// slow says how much longer syncs take than on this disk; "" when they do not.
func (v victims) slow() string {
	if v.syncs == 0 {
		return ""
	}
	return fmt.Sprintf("syncs take %v more", v.syncs)
}

// killOneChain kills that often, and returns what came through. There are some hundred messages for each kill, and any
// number where Redis is killed.
func (v victims) killOneChain(t *testing.T, n int, random *rand.Rand) row {
	c := newChain(t, t.TempDir(), 0, strings.Fields(v.flags)...)
	c.syncs = v.syncs
	c.begin(v.workers)
	var php *phpWriter
	if v.php != "" {
		php = startPHPWriter(t, c.dir, v.php == "with")
	}
	c.produce()
	c.progress()
	for range n {
		before := size(c.dir)
		if few := []int{50, 400, 2500}[random.IntN(3)]; !v.redis { // what is left of a server may be less than was added
			c.producer.limit.Store(c.producer.count.Load() + int64(1+random.IntN(few)))
		}
		if random.IntN(3) == 0 { // in the middle of writing
			c.progressFrom(before)
			pause(time.Duration(random.IntN(4)) * time.Millisecond)
		} else {
			pause(time.Duration(10+random.IntN(90)) * time.Millisecond)
		}
		v.hit(c, random)
		c.supervise()
	}
	if php != nil {
		php.stop(t)
	}
	c.end()
	c.server.Stop()
	if err := os.RemoveAll(c.dir); err != nil {
		t.Fatal(err)
	}
	return c.row
}

// hit kills a worker, the server, or both, and starts them again.
func (v victims) hit(c *chain, random *rand.Rand) {
	hitRedis := v.redis && (!v.envelog || random.IntN(3) == 0)
	hitEnvelog := v.envelog && (!hitRedis || random.IntN(2) == 0)
	w := c.workers[random.IntN(len(c.workers))]
	if hitEnvelog {
		w.kill()
	}
	if hitRedis {
		c.server.Kill()
	}
	pause(time.Duration(random.IntN(20)) * time.Millisecond)
	if hitRedis {
		c.server.Restart()
	}
	if hitEnvelog {
		w.start()
	}
	if hitRedis {
		c.progress() // who has lost Redis waits a while before the next try
	}
}
