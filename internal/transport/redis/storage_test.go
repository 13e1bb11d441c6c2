package redis

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	redigo "github.com/gomodule/redigo/redis"

	"envelog/decoder/phpredis"
	"envelog/internal/redis"
	"envelog/transport"
	"envelog/transport/streamid"
)

// openStorage returns a storage on the stream "failed".
func openStorage(t testing.TB, addr, query string) *Storage {
	t.Helper()
	cfg, err := ParseDSN("redis://" + addr + "/failed?" + query)
	if err != nil {
		t.Fatal(err)
	}
	s := NewStorage(cfg)
	t.Cleanup(func() { s.Close() })
	return s
}

// Get implements transporttest.Worker: it reads one entry as a worker of PHP does.
func (s *Storage) Get(ctx context.Context) (got transport.Stored, err error) {
	err = s.do(ctx, "get message", func(c *redis.Conn) error {
		if err := s.setupOnce(c); err != nil {
			return err
		}
		streams, err := redigo.Values(c.Do("XREADGROUP", "GROUP", s.cfg.Group, "php", "COUNT", 1, "STREAMS", s.cfg.Stream, ">"))
		if errors.Is(err, redigo.ErrNil) {
			return transport.ErrNotFound
		}
		if err != nil {
			return err
		}
		entries, err := s.storedEntries(streams[0].([]any)[1], nil)
		if err != nil {
			return err
		}
		got = entries[0]
		got.Delivered = time.Now()
		return nil
	})
	return got, err
}

// Ack implements transporttest.Worker.
func (s *Storage) Ack(ctx context.Context, id string) error {
	return s.do(ctx, "ack message", func(c *redis.Conn) error {
		if !s.cfg.DeleteAfterAck {
			_, err := c.Do("XACK", s.cfg.Stream, s.cfg.Group, id)
			return err
		}
		return s.drop(c, id)
	})
}

// TestStorageIsNotRedis has a web server answer, as where a proxy takes every address.
func TestStorageIsNotRedis(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	s := openStorage(t, strings.TrimPrefix(server.URL, "http://"), "")
	if _, err := s.Count(t.Context()); err == nil || !strings.Contains(err.Error(), "what answers there is not Redis: check the host and the port of the DSN") {
		t.Errorf("error %v", err)
	}
}

func TestStorageIsDown(t *testing.T) {
	s := openStorage(t, "127.0.0.1:1", "")
	_, err := s.Count(t.Context())
	var connect *ConnectError
	if !errors.As(err, &connect) || connect.Cure == "" {
		t.Fatalf("count = %v, want a *ConnectError with a cure", err)
	}
}

func TestStorageRefusesBytesThatAreNoText(t *testing.T) {
	s := openStorage(t, "127.0.0.1:1", "")
	if _, err := s.Send(t.Context(), transport.Message{Body: []byte("\xff")}, 0); !errors.Is(err, ErrNotText) {
		t.Fatalf("send = %v, want ErrNotText", err)
	}
}

func TestStoredEntry(t *testing.T) {
	for _, test := range []struct {
		name       string
		serializer phpredis.Serializer
		fields     map[string][]byte
		want       transport.Message
	}{
		{"text", phpredis.None, map[string][]byte{"message": []byte(`{"body":"b","headers":[]}`)}, transport.Message{Body: []byte("b")}},
		{"headers of every kind", phpredis.None, map[string][]byte{"message": []byte(`{"body":"b","headers":{"z":"1","a":[1, 2],"n":null}}`)},
			transport.Message{Body: []byte("b"), Headers: []transport.Header{{Name: "z", Value: "1"}, {Name: "a", Value: "[1, 2]"}, {Name: "n", Value: "null"}}}},
		{"not serialized", phpredis.PHP, map[string][]byte{"message": []byte(`{"body":"b"}`)}, transport.Message{Body: []byte("b")}},
		{"poison", phpredis.PHP, map[string][]byte{"message": []byte("poison")}, transport.Message{Body: []byte("poison")}},
		{"body is a number", phpredis.PHP, map[string][]byte{"message": []byte(`{"body":1}`)}, transport.Message{Body: []byte(`{"body":1}`)}},
		{"igbinary with a length that lies", phpredis.Igbinary, map[string][]byte{"message": []byte("\x00\x00\x00\x02\x13\xff\xff\xff\xffab")},
			transport.Message{Body: []byte("\x00\x00\x00\x02\x13\xff\xff\xff\xffab")}},
		{"fields of their own", phpredis.None, map[string][]byte{"body": []byte("b"), "headers": []byte(`{"type":"T"}`)},
			transport.Message{Body: []byte("b"), Headers: []transport.Header{{Name: "type", Value: "T"}}}},
		{"no field", phpredis.PHP, map[string][]byte{}, transport.Message{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := storedEntry(streamid.ID{MS: 1, Seq: 2}, test.fields, test.serializer); got.ID != "1-2" || !reflect.DeepEqual(got.Message, test.want) {
				t.Fatalf("got %s %q %q, want %q", got.ID, got.Body, got.Headers, test.want)
			}
		})
	}
}

func FuzzStoredEntry(f *testing.F) {
	seeds, _ := filepath.Glob("../../../fixtures/*/*.field")
	for _, path := range seeds[:min(len(seeds), 50)] {
		field, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(field, uint8(1))
	}
	f.Add([]byte("\x00\x00\x00\x02\x12\x00\x05hello"), uint8(2))
	f.Add([]byte("\xda\x00\x05hello"), uint8(3))
	f.Fuzz(func(t *testing.T, field []byte, serializer uint8) {
		s := phpredis.Serializer(serializer % 5)
		m := storedEntry(streamid.ID{MS: 1, Seq: 0}, map[string][]byte{"message": field}, s).Message
		again := storedEntry(streamid.ID{MS: 1, Seq: 0}, map[string][]byte{"message": s.Wrap(member(m, ""))}, s).Message
		if string(again.Body) != string([]rune(string(m.Body))) {
			t.Fatalf("body %q came back as %q", m.Body, again.Body)
		}
	})
}

func TestUniqid(t *testing.T) {
	now := time.Now().Truncate(time.Microsecond)
	if at, ok := uniqidTime(newUniqid(now)); !ok || !at.Equal(now) {
		t.Fatalf("%v became %v, %v", now, at, ok)
	}
	if at, ok := uniqidTime("6b03fd43bc11b2.70614833"); !ok || at.Year() != 2026 {
		t.Fatalf("PHP's uniqid is of %v, %v", at, ok)
	}
	if _, ok := uniqidTime("Wff/nQ036HBt"); ok {
		t.Fatal("a random uniqid has a time")
	}
}

func TestStorageWithoutAutoSetup(t *testing.T) {
	server := miniredis.RunT(t)
	s := openStorage(t, server.Addr(), "auto_setup=0")
	if _, err := s.Count(t.Context()); redis.Code(err) != "NOGROUP" && redis.Code(err) != "ERR" {
		t.Errorf("count = %v, want NOGROUP", err)
	}
	if len(server.Keys()) != 0 {
		t.Fatalf("keys %v were created", server.Keys())
	}
}

func TestStorageEndsWithItsContext(t *testing.T) {
	server := miniredis.RunT(t)
	s := openStorage(t, server.Addr(), "")
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := s.Count(ctx); err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := s.Count(ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("count = %v", err)
	}
}
