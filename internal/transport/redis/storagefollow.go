package redis

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	redigo "github.com/gomodule/redigo/redis"

	"envelog/internal/redis"
	"envelog/transport"
)

// followBlock is how long one look for entries that arrive may block on the server.
const followBlock = 500 * time.Millisecond

// Follow yields the entries after an id as they arrive, whoever else reads them, until ctx ends, which is no error; it
// reads without the group, and touches nothing. Where a worker is faster than the connection, entries that it has deleted
// may be missing. An error is the last thing yielded.
func (s *Storage) Follow(ctx context.Context, after string) iter.Seq2[transport.Stored, error] {
	return func(yield func(transport.Stored, error) bool) {
		for most := 1; ctx.Err() == nil; {
			page, err := s.arriving(ctx, after, most)
			if redis.HungUp(err) && most > 1 && ctx.Err() == nil {
				most = 1 // they may have been too large together
				continue
			}
			if err != nil {
				if ctx.Err() == nil {
					yield(transport.Stored{}, err)
				}
				return
			}
			for _, m := range page {
				if after = m.ID; !yield(m, nil) {
					return
				}
			}
			most = nextPage(most, page)
		}
	}
}

// nextPage is how many entries to ask for after a page: XREAD knows no limit of bytes, and the server ends connections whose
// replies are beyond its client-output-buffer-limit.
func nextPage(most int, page []transport.Stored) int {
	size := 0
	for _, m := range page {
		size += len(m.Body)
		if m.Raw != nil {
			size += len(m.Raw.Message)
		}
	}
	if size == 0 {
		return most
	}
	return max(1, min(2*most, listPage, pageBytes*len(page)/size))
}

// arriving waits for entries after an id, and returns so many of them at most.
func (s *Storage) arriving(ctx context.Context, after string, most int) (page []transport.Stored, err error) {
	err = s.do(ctx, "follow stream", func(c *redis.Conn) error {
		streams, err := redigo.Values(c.Do("XREAD", "COUNT", most, "BLOCK", followBlock.Milliseconds(), "STREAMS", s.cfg.Stream, after))
		if errors.Is(err, redigo.ErrNil) {
			return nil
		}
		if err != nil {
			return err
		}
		stream, err := redigo.Values(streams[0], nil)
		if err != nil || len(stream) != 2 {
			return fmt.Errorf("%w to XREAD", redis.ErrProtocol)
		}
		page, err = s.storedEntries(stream[1], nil)
		return err
	})
	return page, err
}

// LastID returns the id of the last entry that the stream ever had, "0" when there is no stream.
func (s *Storage) LastID(ctx context.Context) (id string, err error) {
	err = s.do(ctx, "ask for the last id", func(c *redis.Conn) error {
		fields, err := redigo.Values(c.Do("XINFO", "STREAM", s.cfg.Stream))
		if redis.Code(err) == "ERR" { // no such key
			id = "0"
			return nil
		}
		for i := 0; err == nil && i+1 < len(fields); i += 2 {
			if key, _ := redigo.String(fields[i], nil); key == "last-generated-id" {
				id, err = redigo.String(fields[i+1], nil)
				return err
			}
		}
		if err == nil {
			err = fmt.Errorf("%w to XINFO STREAM", redis.ErrProtocol)
		}
		return err
	})
	return id, err
}
