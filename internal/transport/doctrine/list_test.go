//go:build integration || compat

package doctrine_test

import (
	"runtime"
	"strings"
	"testing"

	"envelog/transport"
)

// TestListsAreBounded: a list of large messages is read one by one, whatever lies between them, and in order.
func TestListsAreBounded(t *testing.T) {
	onEveryPlatform(t, func(t *testing.T, p platform) {
		own := open(t, p.fresh(t).url+"?queue_name=failed")
		large, small := strings.Repeat("x", 4<<20), "y"
		const messages = 60
		var ids []string
		for i := range messages {
			body := small
			if i >= 4 && i < 20 {
				body = large
			}
			id, err := own.Send(t.Context(), transport.Message{Body: []byte(body)}, 0)
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, id)
		}
		for _, limit := range []int{0, 1, 5, messages, messages + 1} {
			want := ids
			if limit != 0 {
				want = ids[:min(limit, messages)]
			}
			var got []string
			var most uint64
			for m, err := range own.All(t.Context(), limit) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, m.ID)
				most = max(most, heapInUse())
			}
			if strings.Join(got, " ") != strings.Join(want, " ") {
				t.Errorf("limit %d: %v, want %v", limit, got, want)
			}
			if most > 40<<20 {
				t.Errorf("limit %d: %d MiB in use", limit, most>>20)
			}
		}
	})
}

// heapInUse is what is left after a collection.
func heapInUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
