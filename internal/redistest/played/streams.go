package played

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"envelog/transport/streamid"
)

func (s *Server) stream(key string) (*stream, error) {
	err := s.data.typed(key, "stream", time.Now())
	return s.data.streams[key], err
}

func noGroup(key, name string) error {
	return fmt.Errorf("NOGROUP No such key '%s' or consumer group '%s'", key, name)
}

func (s *Server) group(key, name string) (*stream, *group, error) {
	st, err := s.stream(key)
	if err != nil {
		return nil, nil, err
	}
	if st == nil || st.groups[name] == nil {
		return st, nil, noGroup(key, name)
	}
	return st, st.groups[name], nil
}

func (s *Server) xadd(args []string) any {
	key, rest := args[0], args[1:]
	st, err := s.stream(key)
	if err != nil {
		return err
	}
	most := -1
	if strings.EqualFold(rest[0], "MAXLEN") {
		rest = rest[1:]
		if rest[0] == "~" || rest[0] == "=" {
			rest = rest[1:]
		}
		most, _ = strconv.Atoi(rest[0])
		rest = rest[1:]
	}
	if st == nil {
		st = &stream{groups: map[string]*group{}}
		s.data.streams[key] = st
	}
	id := streamid.ID{MS: uint64(time.Now().UnixMilli())}
	if rest[0] != "*" {
		if id, err = streamid.Parse([]byte(rest[0])); err != nil {
			return errors.New("ERR Invalid stream ID specified as stream command argument")
		}
	} else if !id.After(st.last) {
		id = st.last.Next()
	}
	st.entries = append(st.entries, entry{id, slices.Clone(rest[1:])})
	st.last = id
	if most >= 0 && len(st.entries) > most+100 { // as "~" does
		st.entries = slices.Clone(st.entries[len(st.entries)-most:])
	}
	s.wrote(key)
	return id.String()
}

func (s *Server) xlen(args []string) any {
	st, err := s.stream(args[0])
	if err != nil {
		return err
	}
	if st == nil {
		return 0
	}
	return len(st.entries)
}

func parseIDs(texts []string) (ids []streamid.ID, err error) {
	for _, text := range texts {
		id, err := streamid.Parse([]byte(text))
		if err != nil {
			return nil, errors.New("ERR Invalid stream ID specified as stream command argument")
		}
		ids = append(ids, id)
	}
	return ids, nil
}

func (s *Server) xdel(args []string) any {
	st, err := s.stream(args[0])
	if err != nil {
		return err
	}
	ids, err := parseIDs(args[1:])
	if err != nil || st == nil {
		return errOr(err, 0)
	}
	n := 0
	for _, id := range ids {
		if st.remove(id) {
			n++
		}
	}
	s.wrote(args[0])
	return n
}

func errOr(err error, reply any) any {
	if err != nil {
		return err
	}
	return reply
}

func (st *stream) remove(id streamid.ID) bool {
	at, there := st.find(id)
	if there {
		st.entries = slices.Delete(slices.Clone(st.entries), at, at+1)
	}
	return there
}

func (s *Server) xack(args []string) any {
	_, g, err := s.group(args[0], args[1])
	if errors.Is(err, errWrongType) {
		return err
	}
	ids, idErr := parseIDs(args[2:])
	if idErr != nil || g == nil {
		return errOr(idErr, 0)
	}
	n := 0
	for _, id := range ids {
		if _, ok := g.pending[id]; ok {
			delete(g.pending, id)
			n++
		}
	}
	s.wrote(args[0])
	return n
}

// xackdel is XACKDEL key group [KEEPREF] IDS n id...
func (s *Server) xackdel(args []string) any {
	at := slices.IndexFunc(args, func(a string) bool { return strings.EqualFold(a, "IDS") })
	if at < 0 {
		return errors.New("ERR syntax error")
	}
	if n, err := strconv.Atoi(args[at+1]); err != nil || n != len(args)-at-2 {
		return errors.New("ERR The `numids` parameter must match the number of arguments")
	}
	ids, err := parseIDs(args[at+2:])
	if err != nil {
		return err
	}
	st, g, err := s.group(args[0], args[1])
	if errors.Is(err, errWrongType) {
		return err
	}
	reply := []any{}
	for _, id := range ids {
		if g == nil {
			reply = append(reply, -1)
		} else if _, ok := g.pending[id]; !ok {
			reply = append(reply, -1)
		} else {
			delete(g.pending, id)
			st.remove(id)
			reply = append(reply, 1)
		}
	}
	s.wrote(args[0])
	return reply
}

func (s *Server) xgroup(args []string) any {
	switch strings.ToUpper(args[0]) {
	case "CREATE":
		st, err := s.stream(args[1])
		if err != nil {
			return err
		}
		if st == nil {
			st = &stream{groups: map[string]*group{}}
			s.data.streams[args[1]] = st
		}
		if st.groups[args[2]] != nil {
			return errors.New("BUSYGROUP Consumer Group name already exists")
		}
		st.groups[args[2]] = &group{pending: map[streamid.ID]pending{}, consumers: map[string]time.Time{}}
		if args[3] == "$" {
			st.groups[args[2]].last = st.last
		}
		s.wrote(args[1])
		return status("OK")
	case "DELCONSUMER":
		_, g, err := s.group(args[1], args[2])
		if err != nil {
			return err
		}
		ids := g.ids(args[3])
		for _, id := range ids {
			delete(g.pending, id)
		}
		delete(g.consumers, args[3])
		s.wrote(args[1])
		return len(ids)
	}
	return errors.New("ERR unknown subcommand")
}

func (s *Server) xinfo(args []string) any {
	st, err := s.stream(args[1])
	if err != nil {
		return err
	}
	if st == nil {
		return errors.New("ERR no such key")
	}
	list := []any{}
	if strings.EqualFold(args[0], "GROUPS") {
		for _, name := range sortedKeys(st.groups) {
			g := st.groups[name]
			list = append(list, []any{"name", name, "consumers", len(g.consumers), "pending", len(g.pending), "last-delivered-id", g.last.String(), "entries-read", nil, "lag", nil})
		}
		return list
	}
	_, g, err := s.group(args[1], args[2])
	if err != nil {
		return err
	}
	for _, name := range sortedKeys(g.consumers) {
		list = append(list, []any{"name", name, "pending", len(g.ids(name)), "idle", int(time.Since(g.consumers[name]).Milliseconds())})
	}
	return list
}

func (e entry) reply() any {
	fields := make([]any, len(e.fields))
	for i, field := range e.fields {
		fields[i] = field
	}
	return []any{e.id.String(), fields}
}

// xreadgroup is XREADGROUP GROUP group consumer [COUNT n] [BLOCK ms] STREAMS key id.
func (s *Server) xreadgroup(args []string) any {
	name, consumer := args[1], args[2]
	at := slices.IndexFunc(args, func(a string) bool { return strings.EqualFold(a, "STREAMS") })
	key, from := args[at+1], args[at+2]
	st, g, err := s.group(key, name)
	if err != nil {
		if errors.Is(err, errWrongType) {
			return err
		}
		return fmt.Errorf("%w in XREADGROUP with GROUP option", err)
	}
	count := math.MaxInt
	if text, ok := option(args, "COUNT"); ok {
		count, _ = strconv.Atoi(text)
	}
	g.consumers[consumer] = time.Now()
	entries := []any{}
	if from != ">" {
		after, err := parseIDs([]string{from})
		if from == "0" {
			after, err = []streamid.ID{{}}, nil
		}
		if err != nil {
			return err
		}
		for _, id := range g.ids(consumer) {
			if id.After(after[0]) && len(entries) < count {
				entries = append(entries, st.deliver(g, id, consumer))
			}
		}
		return []any{[]any{key, entries}}
	}
	for _, e := range st.entries {
		if e.id.After(g.last) && len(entries) < count {
			g.last = e.id
			g.pending[e.id] = pending{consumer, time.Now(), 1}
			entries = append(entries, e.reply())
		}
	}
	if len(entries) == 0 {
		return nothing{}
	}
	return []any{[]any{key, entries}}
}

// deliver returns a pending entry once more; one that is gone from the stream has no fields.
func (st *stream) deliver(g *group, id streamid.ID, consumer string) any {
	p := g.pending[id]
	g.pending[id] = pending{consumer, time.Now(), p.count + 1}
	if at, there := st.find(id); there {
		return st.entries[at].reply()
	}
	return []any{id.String(), nothing{}}
}

func rangeEnd(text string, highest bool) (streamid.ID, error) {
	switch text {
	case "-":
		return streamid.ID{}, nil
	case "+":
		return streamid.ID{MS: math.MaxUint64, Seq: math.MaxUint64}, nil
	}
	if !strings.Contains(text, "-") {
		ms, err := strconv.ParseUint(text, 10, 64)
		id := streamid.ID{MS: ms}
		if highest {
			id.Seq = math.MaxUint64
		}
		return id, err
	}
	return streamid.Parse([]byte(text))
}

func (s *Server) xrange(args []string) any {
	st, err := s.stream(args[0])
	if err != nil || st == nil {
		return errOr(err, []any{})
	}
	low, _ := rangeEnd(args[1], false)
	high, _ := rangeEnd(args[2], true)
	count := math.MaxInt
	if text, ok := option(args, "COUNT"); ok {
		count, _ = strconv.Atoi(text)
	}
	list := []any{}
	for _, e := range st.entries {
		if !low.After(e.id) && !e.id.After(high) && len(list) < count {
			list = append(list, e.reply())
		}
	}
	return list
}

func (s *Server) xpending(args []string) any {
	_, g, err := s.group(args[0], args[1])
	if err != nil {
		return err
	}
	if len(args) == 2 {
		return g.summary()
	}
	low, _ := rangeEnd(args[2], false)
	high, _ := rangeEnd(args[3], true)
	count, _ := strconv.Atoi(args[4])
	consumer := ""
	if len(args) > 5 {
		consumer = args[5]
	}
	list := []any{}
	for _, id := range g.ids(consumer) {
		if !low.After(id) && !id.After(high) && len(list) < count {
			p := g.pending[id]
			list = append(list, []any{id.String(), p.consumer, int(time.Since(p.delivered).Milliseconds()), p.count})
		}
	}
	return list
}

func (g *group) summary() any {
	ids := g.ids("")
	if len(ids) == 0 {
		return []any{0, nil, nil, nothing{}}
	}
	counts := map[string]int{}
	for _, p := range g.pending {
		counts[p.consumer]++
	}
	list := []any{}
	for _, name := range sortedKeys(counts) {
		list = append(list, []any{name, strconv.Itoa(counts[name])})
	}
	return []any{len(ids), ids[0].String(), ids[len(ids)-1].String(), list}
}

// claimOne gives an entry to a consumer; false when it is gone from the stream, and then from the pending list (Redis 7).
func (st *stream) claimOne(g *group, id streamid.ID, consumer string, delivered time.Time, justID bool) bool {
	if _, there := st.find(id); !there {
		delete(g.pending, id)
		return false
	}
	count := g.pending[id].count
	if !justID {
		count++
	}
	g.pending[id] = pending{consumer, delivered, count}
	return true
}

// xclaim is XCLAIM key group consumer idle id... [TIME ms] [JUSTID].
func (s *Server) xclaim(args []string) any {
	st, g, err := s.group(args[0], args[1])
	if err != nil {
		return err
	}
	idle, _ := strconv.Atoi(args[3])
	rest := args[4:]
	delivered, justID := time.Now(), false
	var ids []streamid.ID
	for i := 0; i < len(rest); i++ {
		switch strings.ToUpper(rest[i]) {
		case "JUSTID":
			justID = true
		case "TIME":
			i++
			ms, _ := strconv.ParseInt(rest[i], 10, 64)
			delivered = time.UnixMilli(ms)
		default:
			id, err := parseIDs(rest[i : i+1])
			if err != nil {
				return err
			}
			ids = append(ids, id[0])
		}
	}
	g.consumers[args[2]] = time.Now()
	list := []any{}
	for _, id := range ids {
		p, ok := g.pending[id]
		if !ok || time.Since(p.delivered) < time.Duration(idle)*time.Millisecond || !st.claimOne(g, id, args[2], delivered, justID) {
			continue
		}
		if justID {
			list = append(list, id.String())
			continue
		}
		at, _ := st.find(id)
		list = append(list, st.entries[at].reply())
	}
	s.wrote(args[0])
	return list
}

// xautoclaim is XAUTOCLAIM key group consumer idle start COUNT n.
func (s *Server) xautoclaim(args []string) any {
	st, g, err := s.group(args[0], args[1])
	if err != nil {
		return err
	}
	idle, _ := strconv.Atoi(args[3])
	start, _ := rangeEnd(args[4], false)
	count := 100
	if text, ok := option(args, "COUNT"); ok {
		count, _ = strconv.Atoi(text)
	}
	g.consumers[args[2]] = time.Now()
	list, gone, next := []any{}, []any{}, streamid.ID{}
	looked := 0
	for _, id := range g.ids("") {
		if start.After(id) {
			continue
		}
		if looked == 10*count || len(list) == count {
			next = id
			break
		}
		looked++
		if time.Since(g.pending[id].delivered) < time.Duration(idle)*time.Millisecond {
			continue
		}
		if !st.claimOne(g, id, args[2], time.Now(), false) {
			gone = append(gone, id.String())
			continue
		}
		at, _ := st.find(id)
		list = append(list, st.entries[at].reply())
	}
	s.wrote(args[0])
	return []any{next.String(), list, gone}
}
