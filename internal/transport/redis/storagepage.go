package redis

import (
	"fmt"
	"strconv"

	redigo "github.com/gomodule/redigo/redis"

	"envelog/internal/redis"
	"envelog/transport/streamid"
)

// A page of a list is so many entries at most, and so many bytes, or one entry that has more: neither the server nor this
// process holds a hundred messages of many MiB at a time.
const (
	listPage  = 100 // PHP counts in pages of as many
	pageBytes = 2 << 20
)

// direction is one in which a stream is read.
type direction struct{ command, end string }

var (
	oldestFirst = direction{"XRANGE", "+"}
	newestFirst = direction{"XREVRANGE", "-"}
)

// begin is the id from which on everything is read.
func (d direction) begin() string {
	if d == newestFirst {
		return "+"
	}
	return "-"
}

// behind is the id that follows one in the direction, "" when none can.
func (d direction) behind(id string) (string, error) {
	at, err := streamid.Parse([]byte(id))
	switch {
	case err != nil:
		return "", err
	case d != newestFirst:
		return at.Next().String(), nil
	case at == streamid.ID{}:
		return "", nil
	}
	return at.Previous().String(), nil
}

// entriesPage returns the entries of KEYS[1] from the id ARGV[1] on: ARGV[2] of them and ARGV[3] bytes at most, but one at
// least. ARGV[4] is the command that reads in the direction, to the end ARGV[5]. With ARGV[6] they are ids alone. Each entry
// is asked for together with the one before it, as servers before 6.2 have no exclusive ranges.
var entriesPage = redis.NewScript(`local page, size, from = {}, 0, ARGV[1]
for i = 1, tonumber(ARGV[2]) do
  local found = redis.call(ARGV[4], KEYS[1], from, ARGV[5], 'COUNT', i == 1 and 1 or 2)
  local entry = found[i == 1 and 1 or 2]
  if not entry then
    break
  end
  for _, field in ipairs(entry[2]) do
    size = size + #field
  end
  if i > 1 and size > tonumber(ARGV[3]) then
    break
  end
  page[i] = ARGV[6] and entry[1] or entry
  from = entry[1]
end
return page`)

// membersPage returns members of KEYS[1] with a score up to ARGV[1], each followed by its score, from the offset ARGV[2] on:
// ARGV[3] of them and ARGV[4] bytes at most, but one at least.
var membersPage = redis.NewScript(`local page, size = {}, 0
for i = 1, tonumber(ARGV[3]) do
  local found = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'WITHSCORES', 'LIMIT', ARGV[2] + i - 1, 1)
  if not found[1] then
    break
  end
  size = size + #found[1]
  if i > 1 and size > tonumber(ARGV[4]) then
    break
  end
  page[2 * i - 1], page[2 * i] = found[1], found[2]
end
return page`)

// entries returns the next page of entries, from an id on, with n of them at most.
func (s *Storage) entries(c *redis.Conn, d direction, from string, n int) ([]any, error) {
	page, err := redigo.Values(entriesPage.Run(c.Do, 1, s.cfg.Stream, from, n, pageBytes, d.command, d.end))
	if !redis.Unknown(err) {
		return page, err
	}
	// Without scripts, one is asked for at a time.
	return redigo.Values(c.Do(d.command, s.cfg.Stream, from, d.end, "COUNT", 1))
}

// entryIDs returns the ids of the next page of entries, from an id on.
func (s *Storage) entryIDs(c *redis.Conn, from string, n int) (ids []string, err error) {
	ids, err = redigo.Strings(entriesPage.Run(c.Do, 1, s.cfg.Stream, from, n, strconv.Itoa(1<<53-1), oldestFirst.command, oldestFirst.end, "ids"))
	if !redis.Unknown(err) {
		return ids, err
	}
	items, err := redigo.Values(c.Do("XRANGE", s.cfg.Stream, from, "+", "COUNT", 1))
	for _, item := range items {
		id, _, err := splitEntry(item)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id.String())
	}
	return ids, err
}

// members returns the next page of the delayed set, members and scores by turns, with a score up to most, from an offset on.
func (s *Storage) members(c *redis.Conn, most string, offset, n int) ([][]byte, error) {
	page, err := redigo.ByteSlices(membersPage.Run(c.Do, 1, s.cfg.DelayedKey(), most, offset, n, pageBytes))
	if redis.Unknown(err) {
		page, err = redigo.ByteSlices(c.Do("ZRANGEBYSCORE", s.cfg.DelayedKey(), "-inf", most, "WITHSCORES", "LIMIT", offset, 1))
	}
	if err == nil && len(page)%2 != 0 {
		err = fmt.Errorf("%w to ZRANGEBYSCORE: a member without a score", redis.ErrProtocol)
	}
	return page, err
}
