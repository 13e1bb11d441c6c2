//go:build fault

package fault

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// TestRandomKills kills at random moments for as long as there are kills left.
func TestRandomKills(t *testing.T) {
	targets := []struct {
		name           string
		envelog, redis bool
		workers, share int // share of the kills, of ten
	}{
		{"kill -9 of envelog, one consumer", true, false, 1, 3},
		{"kill -9 of envelog, three consumers on one volume", true, false, 3, 3},
		{"kill -9 of Redis (appendfsync always)", false, true, 1, 1},
		{"kill -9 of both, one consumer", true, true, 1, 1},
		{"kill -9 of both, three consumers on one volume", true, true, 3, 2},
	}
	for i, target := range targets {
		t.Run(target.name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(*seed, uint64(i)))
			c := newChain(t, t.TempDir(), target.workers)
			n := max(1, *kills*target.share/10)
			c.row.name, c.row.broken = fmt.Sprintf("1.%d", i), fmt.Sprintf("%s, %d times", target.name, n)
			c.produce()
			c.progress()
			for range n {
				pause(time.Duration(10+random.IntN(150)) * time.Millisecond)
				hitRedis := target.redis && (!target.envelog || random.IntN(3) == 0)
				hitEnvelog := target.envelog && (!hitRedis || random.IntN(2) == 0)
				w := c.workers[random.IntN(len(c.workers))]
				if hitEnvelog {
					w.kill()
				}
				if hitRedis {
					c.server.Kill()
				}
				pause(time.Duration(random.IntN(50)) * time.Millisecond)
				if hitRedis {
					c.server.Restart()
				}
				if hitEnvelog {
					w.start()
				}
				c.supervise()
			}
			c.settle()
		})
	}
}
