package played

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// handler answers one command; args are without its name.
type handler func(s *Server, args []string) any

// handlers has every command. Those that change a key name it.
func handlers() map[string]handler {
	return map[string]handler{
		"PING": func(*Server, []string) any { return status("PONG") }, "AUTH": func(*Server, []string) any { return status("OK") },
		"COMMAND": (*Server).command, "TIME": (*Server).time, "INFO": func(*Server, []string) any { return "" },
		"DEL": (*Server).del, "EXISTS": (*Server).exists, "FLUSHALL": (*Server).flushAll, "SET": (*Server).set, "GET": (*Server).get,
		"PEXPIRE": (*Server).pexpire, "EVAL": (*Server).eval, "EVALSHA": (*Server).evalsha,
		"HSET": (*Server).hset, "HGET": (*Server).hget, "HDEL": (*Server).hdel, "HLEN": (*Server).hlen, "HKEYS": (*Server).hkeys,
		"HSTRLEN": (*Server).hstrlen, "HGETALL": (*Server).hgetall,
		"ZADD": (*Server).zadd, "ZREM": (*Server).zrem, "ZCARD": (*Server).zcard, "ZSCORE": (*Server).zscore,
		"ZRANGEBYSCORE": (*Server).zrangebyscore, "ZPOPMIN": (*Server).zpopmin,
		"XADD": (*Server).xadd, "XLEN": (*Server).xlen, "XDEL": (*Server).xdel, "XACK": (*Server).xack, "XACKDEL": (*Server).xackdel,
		"XGROUP": (*Server).xgroup, "XINFO": (*Server).xinfo, "XREADGROUP": (*Server).xreadgroup, "XPENDING": (*Server).xpending,
		"XCLAIM": (*Server).xclaim, "XAUTOCLAIM": (*Server).xautoclaim, "XRANGE": (*Server).xrange,
	}
}

// call runs one command; s.mu is held.
func (s *Server) call(command []string) any {
	name := strings.ToUpper(command[0])
	handle := s.known[name]
	if handle == nil || s.Without[name] {
		return fmt.Errorf("ERR unknown command '%s', with args beginning with: ", command[0])
	}
	if s.Watch != nil {
		s.Watch(command, s.find)
	}
	return handle(s, command[1:])
}

func (s *Server) command(args []string) any {
	if len(args) < 2 || !strings.EqualFold(args[0], "INFO") {
		return []any{}
	}
	infos := []any{}
	for _, name := range args[1:] {
		if s.known[strings.ToUpper(name)] == nil || s.Without[strings.ToUpper(name)] {
			infos = append(infos, nothing{})
			continue
		}
		infos = append(infos, []any{strings.ToLower(name), -2, []any{}, 1, 1, 1})
	}
	return infos
}

func (s *Server) time([]string) any {
	now := time.Now()
	return []any{strconv.FormatInt(now.Unix(), 10), strconv.Itoa(now.Nanosecond() / 1000)}
}

func (s *Server) del(keys []string) any {
	n := 0
	for _, key := range keys {
		if s.data.remove(key) {
			n++
			s.wrote(key)
		}
	}
	return n
}

func (s *Server) exists(keys []string) any {
	n := 0
	for _, key := range keys {
		if s.data.kind(key) != "" {
			n++
		}
	}
	return n
}

func (s *Server) flushAll([]string) any {
	s.data = newData()
	s.wrote("")
	return status("OK")
}

func (s *Server) set(args []string) any {
	s.data.remove(args[0])
	s.data.strings[args[0]] = args[1]
	s.wrote(args[0])
	return status("OK")
}

func (s *Server) get(args []string) any {
	if err := s.data.typed(args[0], "string", time.Now()); err != nil {
		return err
	}
	if v, ok := s.data.strings[args[0]]; ok {
		return v
	}
	return nil
}

func (s *Server) pexpire(args []string) any {
	ms, _ := strconv.ParseInt(args[1], 10, 64)
	if s.data.kind(args[0]) == "" {
		return 0
	}
	if ms <= 0 {
		s.data.remove(args[0])
	} else {
		s.data.expires[args[0]] = time.Now().Add(time.Duration(ms) * time.Millisecond)
	}
	s.wrote(args[0])
	return 1
}

func (s *Server) hset(args []string) any {
	if err := s.data.typed(args[0], "hash", time.Now()); err != nil {
		return err
	}
	h := s.data.hashes[args[0]]
	if h == nil {
		h = map[string]string{}
		s.data.hashes[args[0]] = h
	}
	added := len(h)
	for i := 1; i+1 < len(args); i += 2 {
		h[args[i]] = args[i+1]
	}
	s.wrote(args[0])
	return len(h) - added
}

// hash returns a hash, which may be nil.
func (s *Server) hash(key string) (map[string]string, error) {
	err := s.data.typed(key, "hash", time.Now())
	return s.data.hashes[key], err
}

func (s *Server) hget(args []string) any {
	h, err := s.hash(args[0])
	if err != nil {
		return err
	}
	if v, ok := h[args[1]]; ok {
		return v
	}
	return nil
}

func (s *Server) hstrlen(args []string) any {
	h, err := s.hash(args[0])
	if err != nil {
		return err
	}
	return len(h[args[1]])
}

func (s *Server) hlen(args []string) any {
	h, err := s.hash(args[0])
	if err != nil {
		return err
	}
	return len(h)
}

func (s *Server) hkeys(args []string) any {
	h, err := s.hash(args[0])
	if err != nil {
		return err
	}
	keys := []any{}
	for _, name := range sortedKeys(h) {
		keys = append(keys, name)
	}
	return keys
}

func (s *Server) hgetall(args []string) any {
	h, err := s.hash(args[0])
	if err != nil {
		return err
	}
	all := []any{}
	for _, name := range sortedKeys(h) {
		all = append(all, name, h[name])
	}
	return all
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

func (s *Server) hdel(args []string) any {
	h, err := s.hash(args[0])
	if err != nil {
		return err
	}
	n := 0
	for _, name := range args[1:] {
		if _, ok := h[name]; ok {
			delete(h, name)
			n++
		}
	}
	if n > 0 {
		if len(h) == 0 {
			s.data.remove(args[0])
		}
		s.wrote(args[0])
	}
	return n
}

func (s *Server) zset(key string) (map[string]float64, error) {
	err := s.data.typed(key, "zset", time.Now())
	return s.data.sets[key], err
}

func (s *Server) zadd(args []string) any {
	z, err := s.zset(args[0])
	if err != nil {
		return err
	}
	if z == nil {
		z = map[string]float64{}
		s.data.sets[args[0]] = z
	}
	rest, added := args[1:], 0
	only, never := false, false
	for strings.EqualFold(rest[0], "XX") || strings.EqualFold(rest[0], "NX") {
		only, never = only || strings.EqualFold(rest[0], "XX"), never || strings.EqualFold(rest[0], "NX")
		rest = rest[1:]
	}
	for i := 0; i+1 < len(rest); i += 2 {
		score, err := parseScore(rest[i])
		if err != nil {
			return err
		}
		_, there := z[rest[i+1]]
		if there && never || !there && only {
			continue
		}
		if !there {
			added++
		}
		z[rest[i+1]] = score
	}
	if len(z) == 0 {
		s.data.remove(args[0])
	}
	s.wrote(args[0])
	return added
}

func parseScore(text string) (float64, error) {
	score, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, errors.New("ERR value is not a valid float")
	}
	return score, nil
}

func formatScore(score float64) string {
	if math.IsInf(score, 0) {
		return strings.ToLower(strings.TrimPrefix(fmt.Sprint(score), "+"))
	}
	return strconv.FormatFloat(score, 'f', -1, 64)
}

func (s *Server) zrem(args []string) any {
	z, err := s.zset(args[0])
	if err != nil {
		return err
	}
	n := 0
	for _, member := range args[1:] {
		if _, ok := z[member]; ok {
			delete(z, member)
			n++
		}
	}
	if n > 0 {
		if len(z) == 0 {
			s.data.remove(args[0])
		}
		s.wrote(args[0])
	}
	return n
}

func (s *Server) zcard(args []string) any {
	z, err := s.zset(args[0])
	if err != nil {
		return err
	}
	return len(z)
}

func (s *Server) zscore(args []string) any {
	z, err := s.zset(args[0])
	if err != nil {
		return err
	}
	if score, ok := z[args[1]]; ok {
		return formatScore(score)
	}
	return nil
}

func (s *Server) zpopmin(args []string) any {
	z, err := s.zset(args[0])
	if err != nil {
		return err
	}
	popped := []any{}
	for _, member := range members(z, func(float64) bool { return true }) {
		popped = append(popped, member, formatScore(z[member]))
		s.zrem([]string{args[0], member})
		break
	}
	return popped
}

func (s *Server) zrangebyscore(args []string) any {
	z, err := s.zset(args[0])
	if err != nil {
		return err
	}
	low, lowErr := parseScore(args[1])
	high, highErr := parseScore(args[2])
	if err := errors.Join(lowErr, highErr); err != nil {
		return errors.New("ERR min or max is not a float")
	}
	found := members(z, func(score float64) bool { return low <= score && score <= high })
	offset, count := 0, len(found)
	scores := false
	for i := 3; i < len(args); i++ {
		switch strings.ToUpper(args[i]) {
		case "WITHSCORES":
			scores = true
		case "LIMIT":
			offset, _ = strconv.Atoi(args[i+1])
			count, _ = strconv.Atoi(args[i+2])
			i += 2
		}
	}
	found = found[min(offset, len(found)):]
	reply := []any{}
	for _, member := range found[:min(count, len(found))] {
		reply = append(reply, member)
		if scores {
			reply = append(reply, formatScore(z[member]))
		}
	}
	return reply
}
