//go:build integration

package redis

import (
	"reflect"
	"testing"
	"time"

	"envelog/internal/redistest"
	"envelog/internal/transport/transporttest"
)

func TestStorageOnARealServer(t *testing.T) {
	transporttest.Run(t, func(t *testing.T) transporttest.Storage { return openStorage(t, redistest.Start(t).Addr, "") })
}

func TestStorageConnectsAgain(t *testing.T) {
	server := redistest.Start(t)
	s := openStorage(t, server.Addr, "")
	if _, err := s.Count(t.Context()); err != nil {
		t.Fatal(err)
	}
	server.Restart()
	if _, err := s.Count(t.Context()); err != nil {
		t.Fatalf("count after a restart: %v", err)
	}
}

func TestStorageListsWhatIsDue(t *testing.T) {
	server := redistest.Start(t)
	s := openStorage(t, server.Addr, "")
	want := transporttest.Message("due")
	id, err := s.Send(t.Context(), want, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	m, err := s.Find(t.Context(), id)
	if err != nil || !reflect.DeepEqual(m.Message, want) {
		t.Fatalf("find = %+v, %v", m, err)
	}
	raw := server.Do("ZRANGE", "failed__queue", 0, 0).([]any)[0]
	server.Do("ZADD", "failed__queue", "1700000000000", raw)
	if n, err := s.Count(t.Context()); err != nil || n.Waiting != 1 || n.Delayed != 0 {
		t.Fatalf("count = %+v, %v", n, err)
	}
	for m, err := range s.All(t.Context(), 0) {
		if err != nil || m.ID != id {
			t.Fatalf("all = %s, %v", m.ID, err)
		}
	}
}

// TestStorageLeavesWhatWasHandled has entries that were acknowledged and not deleted, and others after them whose
// number Redis does not know any more.
func TestStorageLeavesWhatWasHandled(t *testing.T) {
	server := redistest.Start(t)
	s := openStorage(t, server.Addr, "delete_after_ack=0")
	var sent []string
	for range 5 {
		id, err := s.Send(t.Context(), transporttest.Message("1"), 0)
		if err != nil {
			t.Fatal(err)
		}
		sent = append(sent, id)
	}
	m, err := s.Get(t.Context())
	if err != nil || s.Ack(t.Context(), m.ID) != nil {
		t.Fatal(err)
	}
	if err := s.Remove(t.Context(), sent[3]); err != nil {
		t.Fatal(err)
	}
	var listed []string
	for m, err := range s.All(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		listed = append(listed, m.ID)
	}
	if want := []string{sent[1], sent[2], sent[4]}; !reflect.DeepEqual(listed, want) {
		t.Fatalf("all = %v, want %v", listed, want)
	}
	if n, err := s.Count(t.Context()); err != nil || n.Waiting != 3 || n.Pending != 0 {
		t.Fatalf("count = %+v, %v", n, err)
	}
}

func TestStorageListsWhatWillBeClaimed(t *testing.T) {
	server := redistest.Start(t)
	s := openStorage(t, server.Addr, "redeliver_timeout=3600")
	id, err := s.Send(t.Context(), transporttest.Message("1"), 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(t.Context()); err != nil {
		t.Fatal(err)
	}
	server.Do("XCLAIM", "failed", "symfony", "gone", 0, id, "IDLE", 2*3600*1000, "JUSTID")
	if n, err := s.Count(t.Context()); err != nil || n.Waiting != 1 || n.Pending != 0 {
		t.Fatalf("count = %+v, %v", n, err)
	}
	for m, err := range s.All(t.Context(), 0) {
		if err != nil || m.ID != id {
			t.Fatalf("all = %s, %v", m.ID, err)
		}
	}
}
