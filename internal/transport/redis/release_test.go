package redis

import (
	"errors"
	"sync/atomic"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/alicebob/miniredis/v2/server"
)

// TestAConsumerThatIsHeldUpForLessThanALeaseIsAlive has a consumer send its next heartbeat three seconds late: nobody is given what it
// has in flight.
func TestAConsumerThatIsHeldUpForLessThanALeaseIsAlive(t *testing.T) {
	t.Parallel()
	m := miniredis.RunT(t)
	s := target{addr: m.Addr(), mini: m}
	key := s.config(t).RegistryKey()
	s.do(t, "XGROUP", "CREATE", "messages", "symfony", "0", "MKSTREAM")
	s.add(t, "a")
	s.readAs(t, "web", 1)
	s.do(t, "HSET", key, "web", "owner/life/1")
	var looks atomic.Int32
	m.Server().SetPreHook(func(_ *server.Peer, command string, _ ...string) bool {
		if command == "EVALSHA" && looks.Add(1) == 4 { // at once, and after one second, two, and three
			m.HSet(key, "web", "owner/life/2")
		}
		return false
	})
	if entries, _, err := Release(t.Context(), s.config(t), "web"); !errors.Is(err, ErrConsumerAlive) {
		t.Errorf("%d entries, %v; the registry has %q", entries, err, m.HGet(key, "web"))
	}
}

// TestAConsumerWhoseLeaseExpiresIsReleased has one that sends no heartbeat any more, and one that does.
func TestAConsumerWhoseLeaseExpiresIsReleased(t *testing.T) {
	t.Parallel()
	m := miniredis.RunT(t)
	s := target{addr: m.Addr(), mini: m}
	other := s.receiver(t, Options{Owner: "b"}, func(c *Config) { c.Consumer = "other" })
	if err := other.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.add(t, "a")
	s.readAs(t, "web", 1)
	s.do(t, "HSET", s.config(t).RegistryKey(), "web", "owner/life/1")
	if entries, others, err := Release(t.Context(), s.config(t), "web"); err != nil || entries != 1 || others != 1 {
		t.Errorf("%d entries, %d others, %v", entries, others, err)
	}
	got, _ := other.collect(t, 1)
	equal(t, "messages", got, []string{"a"})
}
