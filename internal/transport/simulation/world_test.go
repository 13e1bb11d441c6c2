package simulation

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"envelog/internal/redistest/played"
	"envelog/internal/transport/redis"
)

// world is one run.
type world struct {
	plan    plan
	server  *played.Server
	start   time.Time
	telling bool // the story is told

	produced chan struct{} // closed when all messages were added

	mu        sync.Mutex
	story     []string
	links     map[string]*link // connections by their names
	broken    []string         // what is not as it must be
	lines     map[string]int   // messages that are safe in a file, and how often
	sums      map[uint32]bool  // the checksums of their entries
	expected  map[string]bool  // messages that the server has, or had
	added     map[string]int   // how often a delayed message entered the stream
	beats     map[string]beat  // the last of each consumer
	forgot    bool             // a failover has forgotten something
	faults    int              // that have happened
	processes []*process
	helper    *process // runs in the end, undisturbed
}

type beat struct {
	at    time.Time
	value string
}

func newWorld(p plan, telling bool) *world {
	w := &world{
		plan: p, server: played.New(), start: time.Now(), telling: telling, produced: make(chan struct{}), links: map[string]*link{}, lines: map[string]int{}, sums: map[uint32]bool{}, expected: map[string]bool{},
		added: map[string]int{}, beats: map[string]beat{},
	}
	for _, command := range p.Without {
		w.server.Without[command] = true
	}
	w.server.Around, w.server.Watch = w.around, w.watch
	for i, process := range p.Processes {
		w.processes = append(w.processes, newProcess(w, i, process))
	}
	w.helper = newProcess(w, len(p.Processes), processPlan{Consumer: "last", Fetch: 10})
	return w
}

// tell adds to the story; w.mu is not held.
func (w *world) tell(format string, args ...any) {
	if !w.telling {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tellLocked(format, args...)
}

func (w *world) tellLocked(format string, args ...any) {
	if !w.telling {
		return
	}
	w.story = append(w.story, fmt.Sprintf("%9.3fs  ", time.Since(w.start).Seconds())+fmt.Sprintf(format, args...))
}

// breaks notes that something is not as it must be; w.mu is held.
func (w *world) breaks(format string, args ...any) {
	w.tellLocked("WRONG: "+format, args...)
	w.broken = append(w.broken, fmt.Sprintf(format, args...))
}

// config is that of a process.
func (w *world) config(consumer string, dial func(ctx context.Context, network, addr string) (net.Conn, error)) redis.Config {
	c, err := redis.ParseDSN("redis://played/messages/symfony/" + consumer + "?redeliver_timeout=30&claim_interval=5000&serializer=0")
	if err != nil {
		panic(err)
	}
	c.Dial = dial
	return c
}

// run plays the plan to its end and returns what was not as it must be.
func (w *world) run() []string {
	var all sync.WaitGroup
	for _, p := range w.processes {
		all.Go(p.live)
	}
	all.Go(w.produce)
	for i, f := range w.plan.Faults {
		if f.Who < 0 {
			all.Go(func() { w.serverFault(f, i) })
		}
	}
	<-w.produced
	for !w.isOver() {
		time.Sleep(500 * time.Millisecond)
	}
	w.settle()
	for _, p := range w.processes {
		p.end()
	}
	ended := make(chan struct{})
	go func() {
		all.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-time.After(5 * time.Minute):
		w.mu.Lock()
		w.breaks("a process does not end")
		w.mu.Unlock()
		for _, p := range w.processes {
			p.die("is given up")
		}
		<-ended
	}
	return w.broken
}

// isOver reports whether the faults have happened, except for those of steps that come late or never.
func (w *world) isOver() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.faults == len(w.plan.Faults) || time.Since(w.start) > 20*time.Second
}

// produce adds messages over some seconds, as PHP does.
func (w *world) produce() {
	defer close(w.produced)
	for i := range w.plan.Messages {
		time.Sleep(time.Duration(hash(w.plan.Seed, "produce", i) % uint64(150*time.Millisecond)))
		text := fmt.Sprintf("m%d", i)
		w.mu.Lock()
		w.expected[text] = true
		w.mu.Unlock()
		if i < w.plan.Delayed {
			due := time.Now().Add(time.Duration(hash(w.plan.Seed, "delay", i)%4000) * time.Millisecond)
			w.server.Do("ZADD", "messages__queue", "NX", fmt.Sprint(due.UnixMilli()), fmt.Sprintf(`{"body":%q,"headers":[],"uniqid":"%d"}`, text, i))
			continue
		}
		w.server.Do("XADD", "messages", "*", "message", fmt.Sprintf(`{"body":%q,"headers":[]}`, text))
	}
}

// serverFault lets the server fail over to what a replica had some time before, or cut everyone. Its times have nanoseconds
// that nothing else has.
func (w *world) serverFault(f fault, index int) {
	at := f.At + time.Duration(hash(w.plan.Seed, "server", index)%uint64(time.Millisecond))
	time.Sleep(max(0, at-f.For))
	replica := w.server.Snapshot()
	time.Sleep(min(at, f.For))
	w.tell("%s", f)
	if f.Kind == failover {
		w.server.Restore(replica)
		w.forgetLost()
	}
	w.cutAll()
	w.happened()
}

// cutAll cuts all connections, one after the other.
func (w *world) cutAll() {
	for _, p := range append(w.processes, w.helper) {
		p.cutOff()
		time.Sleep(time.Nanosecond)
	}
}

// happened notes that a fault has happened.
func (w *world) happened() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults++
}

// forgetLost takes what the server lost from what is expected.
func (w *world) forgetLost() {
	there := w.onServer()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, text := range slices.Sorted(maps.Keys(w.expected)) {
		if !there[text] && w.lines[text] == 0 {
			w.tellLocked("%s is lost with the old master", text)
			delete(w.expected, text)
		}
	}
	w.forgot = true
	clear(w.added)
	clear(w.beats)
}

// onServer returns the messages that are on the stream or delayed.
func (w *world) onServer() map[string]bool {
	there := map[string]bool{}
	for _, key := range []any{w.server.Do("XRANGE", "messages", "-", "+"), w.server.Do("ZRANGEBYSCORE", "messages__queue", "-inf", "+inf")} {
		for _, text := range flatten(key) {
			if body := bodyOf(text); body != "" {
				there[body] = true
			}
		}
	}
	return there
}

func flatten(reply any) (texts []string) {
	switch v := reply.(type) {
	case string:
		return []string{v}
	case []any:
		for _, item := range v {
			texts = append(texts, flatten(item)...)
		}
	}
	return texts
}

func bodyOf(text string) string {
	_, after, found := strings.Cut(text, `"body":"`)
	body, _, ended := strings.Cut(after, `"`)
	if !found || !ended {
		return ""
	}
	return body
}

// settle waits until nothing is left to do: some process runs, and none is disturbed.
func (w *world) settle() {
	w.tell("nothing goes wrong any more")
	done := make(chan struct{})
	go func() {
		w.helper.live()
		close(done)
	}()
	defer func() {
		w.helper.end()
		<-done
	}()
	for range 300 {
		time.Sleep(time.Second)
		if len(w.missing()) == 0 {
			return
		}
	}
	missing := w.missing()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.breaks("after five quiet minutes: %s", strings.Join(missing, "; "))
}

// missing is what is to be done still.
func (w *world) missing() (missing []string) {
	pending := w.server.Do("XPENDING", "messages", "symfony", "-", "+", "100")
	if list, ok := pending.([]any); ok && len(list) > 0 {
		missing = append(missing, fmt.Sprintf("%d entries are pending, the first is %v", len(list), list[0]))
	}
	there := w.onServer()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, text := range slices.Sorted(maps.Keys(there)) {
		missing = append(missing, text+" is on the server")
	}
	for _, text := range slices.Sorted(maps.Keys(w.expected)) {
		if w.lines[text] != 1 {
			missing = append(missing, fmt.Sprintf("%s has %d lines", text, w.lines[text]))
		}
	}
	return missing
}

// hash is a number that depends on nothing but the seed and what it is for.
func hash(seed uint64, what string, numbers ...int) uint64 {
	h := seed + 0x9e3779b97f4a7c15
	mix := func(v uint64) {
		h = (h ^ v) * 0xbf58476d1ce4e5b9
		h ^= h >> 29
	}
	for i := range len(what) {
		mix(uint64(what[i]))
	}
	for _, n := range numbers {
		mix(uint64(n))
	}
	mix(h >> 32)
	return h >> 8
}

var errCut = errors.New("cut")

// connect notes a new connection.
func (w *world) connect(l *link) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.links[l.name] = l
}

// around holds commands back for the network's time, and does to a process what its plan says.
func (w *world) around(c *played.Client, command []string, after bool) error {
	w.mu.Lock()
	l := w.links[c.Name]
	w.mu.Unlock()
	if after {
		return l.p.step(c.Name, command[0]+", answered")
	}
	return l.p.step(c.Name, command[0])
}

// watch checks each command before it is run, within scripts too.
func (w *world) watch(command []string, find played.Finder) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch command[0] {
	case "HSET":
		w.beats[command[2]] = beat{time.Now(), command[3]}
	case "XADD":
		body := bodyOf(command[len(command)-1])
		var n int
		if _, err := fmt.Sscanf(body, "m%d", &n); err == nil && n < w.plan.Delayed {
			if w.added[body]++; w.added[body] > 1 {
				w.breaks("%s enters the stream a second time", body)
			}
		}
	case "XACK", "XDEL":
		at := map[string]int{"XACK": 3, "XDEL": 2}[command[0]]
		for _, id := range command[at:] {
			w.mustBeSafe(command[0], id, find)
		}
	case "XACKDEL":
		for _, id := range command[5:] {
			w.mustBeSafe(command[0], id, find)
		}
	case "XCLAIM":
		w.mayBeClaimed(command, find)
	case "XGROUP":
		if command[1] == "DELCONSUMER" {
			w.tellLocked("%s is removed from the group", command[4])
		}
	}
}

// mustBeSafe checks that the line of an entry is written.
func (w *world) mustBeSafe(command, id string, find played.Finder) {
	fields, _ := find("messages", "symfony", id)
	if len(fields) < 2 {
		return // it is gone
	}
	if body := bodyOf(fields[1]); w.lines[body] == 0 {
		w.breaks("%s of entry %s, whose line %s is not written", command, id, body)
	}
}

// mayBeClaimed checks that entries are taken from the dead alone.
func (w *world) mayBeClaimed(command []string, find played.Finder) {
	if command[4] != "0" {
		return // for those that were idle for redeliver_timeout
	}
	for _, id := range command[5:] {
		_, owner := find("messages", "symfony", id)
		if owner == "" || owner == command[3] {
			continue
		}
		last := w.beats[owner]
		if silent := time.Since(last.at); last.value != "gone" && !last.at.IsZero() && silent < 4900*time.Millisecond {
			w.breaks("%s claims entry %s from %s, who lives: the last heartbeat came %v ago", command[3], id, owner, silent)
		}
	}
}
