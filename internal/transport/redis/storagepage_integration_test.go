//go:build integration

package redis

import (
	"bytes"
	"iter"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"envelog/internal/redistest"
	"envelog/internal/transport/transporttest"
	"envelog/transport"
)

// withAndWithoutScripts runs a test on a server that has Lua, and on one whose operator took it away.
func withAndWithoutScripts(t *testing.T, test func(t *testing.T, server *redistest.Server)) {
	t.Run("scripts", func(t *testing.T) { test(t, redistest.Start(t)) })
	t.Run("no scripts", func(t *testing.T) {
		test(t, redistest.Start(t, "--rename-command", "EVAL", "", "--rename-command", "EVALSHA", ""))
	})
}

// TestListsAreBounded: a list with large messages in it holds one or two of them at a time, and is complete and in order.
func TestListsAreBounded(t *testing.T) {
	withAndWithoutScripts(t, func(t *testing.T, server *redistest.Server) {
		s := openStorage(t, server.Addr, "")
		const messages = 130
		large := []byte(`"` + strings.Repeat("x", 4<<20) + `"`)
		var ids []string
		for i := range messages {
			m := transporttest.Message("small")
			if i >= 10 && i < 26 {
				m.Body = large
			}
			id, err := s.Send(t.Context(), m, 0)
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, id)
		}
		for _, limit := range []int{0, 1, 12, messages} {
			want := ids
			if limit != 0 {
				want = ids[:limit]
			}
			var got []string
			var most uint64
			for m, err := range s.All(t.Context(), limit) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, m.ID)
				most = max(most, heapInUse())
			}
			if !slices.Equal(got, want) {
				t.Errorf("limit %d: %d messages, %v", limit, len(got), got)
			}
			if most > 60<<20 {
				t.Errorf("limit %d: %d MiB in use", limit, most>>20)
			}
		}
		if n, err := s.Count(t.Context()); err != nil || n.Waiting != messages {
			t.Errorf("count = %+v, %v", n, err)
		}
	})
}

// TestNewestIsAllBackwards lists what waits from the end: new entries, those of a consumer that is silent for long, and not
// those in flight.
func TestNewestIsAllBackwards(t *testing.T) {
	withAndWithoutScripts(t, func(t *testing.T, server *redistest.Server) {
		s := openStorage(t, server.Addr, "&redeliver_timeout=60")
		const messages = 250
		for range messages {
			if _, err := s.Send(t.Context(), transporttest.Message("small"), 0); err != nil {
				t.Fatal(err)
			}
		}
		server.Do("XREADGROUP", "GROUP", "symfony", "c", "COUNT", 20, "STREAMS", "failed", ">")
		oldest := server.Do("XRANGE", "failed", "-", "+", "COUNT", 1).([]any)[0].([]any)[0]
		server.Do("XCLAIM", "failed", "symfony", "c", 0, oldest, "IDLE", 3600_000)
		ids := func(messages iter.Seq2[transport.Stored, error]) (ids []string) {
			for m, err := range messages {
				if err != nil {
					t.Fatal(err)
				}
				ids = append(ids, m.ID)
			}
			return ids
		}
		want := ids(s.All(t.Context(), 0))
		slices.Reverse(want)
		if len(want) != messages-19 {
			t.Fatalf("%d messages wait", len(want))
		}
		for _, limit := range []int{0, 1, 100, 101, len(want)} {
			n := limit
			if n == 0 {
				n = len(want)
			}
			if got := ids(s.Newest(t.Context(), limit)); !slices.Equal(got, want[:n]) {
				t.Errorf("limit %d: %d messages, %v", limit, len(got), got)
			}
		}
	})
}

// TestLargeMessagesAreFollowed has the server end connections whose replies have more than two of them.
func TestLargeMessagesAreFollowed(t *testing.T) {
	server := redistest.Start(t, "--client-output-buffer-limit", "normal", "3mb", "0", "0")
	s := openStorage(t, server.Addr, "")
	want := 0
	send := func(n, size int) {
		want += n
		for range n {
			if _, err := s.Send(t.Context(), transport.Message{Body: bytes.Repeat([]byte("x"), size)}, 0); err != nil {
				t.Fatal(err)
			}
		}
	}
	send(50, 10)
	send(10, 1<<20)
	got := 0
	for _, err := range s.Follow(t.Context(), "0") {
		if err != nil {
			t.Fatal(err)
		}
		if got++; got == want {
			break
		}
	}
}

// heapInUse is what is left after a collection.
func heapInUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestListOfDueMessages: what the loop removes makes it leave out none.
func TestListOfDueMessages(t *testing.T) {
	withAndWithoutScripts(t, func(t *testing.T, server *redistest.Server) {
		for _, tt := range []struct {
			name   string
			remove func(i int) bool
		}{
			{"none is removed", func(int) bool { return false }},
			{"all are removed", func(int) bool { return true }},
			{"some are removed", func(i int) bool { return i%3 != 0 }},
			{"the last of a page stays", func(i int) bool { return i%100 < 90 }},
		} {
			t.Run(tt.name, func(t *testing.T) {
				server.Do("FLUSHALL")
				s := openStorage(t, server.Addr, "")
				const messages = 120
				for range messages {
					if _, err := s.Send(t.Context(), transport.Message{Body: []byte("{}")}, time.Hour); err != nil {
						t.Fatal(err)
					}
				}
				for i, raw := range server.Do("ZRANGE", "failed__queue", 0, -1).([]any) {
					server.Do("ZADD", "failed__queue", 1_700_000_000_000+i/7, raw)
				}
				seen, removed := map[string]int{}, 0
				for m, err := range s.All(t.Context(), 0) {
					if err != nil {
						t.Fatal(err)
					}
					if tt.remove(len(seen)) {
						removed++
						if err := s.Remove(t.Context(), m.ID); err != nil {
							t.Fatal(err)
						}
					}
					seen[m.ID]++
				}
				n, err := s.Count(t.Context())
				if len(seen) != messages || err != nil || n.Waiting != messages-removed {
					t.Errorf("%d messages were listed, want %d; count = %+v, %v", len(seen), messages, n, err)
				}
			})
		}
	})
}
