package simulation

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
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
	plan   plan
	server *played.Server
	start  time.Time

	mu        sync.Mutex
	story     []string
	broken    []string        // what is not as it must be
	lines     map[string]int  // messages that are safe in a file, and how often
	expected  map[string]bool // messages that the server has, or had
	added     map[string]int  // how often a delayed message entered the stream
	beats     map[string]beat // the last of each consumer
	forgot    bool            // a failover has forgotten something
	processes []*process
	helper    *process // runs in the end, undisturbed
	snapshots []snapshot
}

type beat struct {
	at    time.Time
	value string
}

type snapshot struct {
	at   time.Time
	data played.Snapshot
}

func newWorld(p plan) *world {
	w := &world{
		plan: p, server: played.New(), start: time.Now(), lines: map[string]int{}, expected: map[string]bool{},
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
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tellLocked(format, args...)
}

func (w *world) tellLocked(format string, args ...any) {
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
	all.Go(w.keepSnapshots)
	for _, f := range w.plan.Faults {
		if f.Who < 0 {
			all.Go(func() { w.serverFault(f) })
		}
	}
	time.Sleep(20 * time.Second) // the faults are over, but for those of steps that come later
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

// produce adds messages over some seconds, as PHP does.
func (w *world) produce() {
	for i := range w.plan.Messages {
		time.Sleep(time.Duration(hash(w.plan.Seed, "produce", i)%150) * time.Millisecond)
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

// keepSnapshots keeps what a replica would have, of the last seconds.
func (w *world) keepSnapshots() {
	for time.Since(w.start) < 20*time.Second {
		s := snapshot{time.Now(), w.server.Snapshot()}
		w.mu.Lock()
		w.snapshots = append(w.snapshots, s)
		w.mu.Unlock()
		time.Sleep(100 * time.Millisecond)
	}
}

func (w *world) serverFault(f fault) {
	time.Sleep(f.At)
	w.tell("%s", f)
	if f.Kind == restart {
		w.server.CutAll("")
		return
	}
	w.mu.Lock()
	to := w.snapshots[0]
	for _, s := range w.snapshots {
		if s.at.Before(time.Now().Add(-f.For)) {
			to = s
		}
	}
	w.forgot = true
	w.mu.Unlock()
	w.server.Failover(to.data)
	w.forgetLost()
}

// forgetLost takes what the server lost from what is expected.
func (w *world) forgetLost() {
	there := w.onServer()
	w.mu.Lock()
	defer w.mu.Unlock()
	for text := range w.expected {
		if !there[text] && w.lines[text] == 0 {
			w.tellLocked("%s is lost with the old master", text)
			delete(w.expected, text)
		}
	}
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
		// Where XACK and XDEL are two commands, a kill between them leaves an entry that is handled (docs/redis.md).
		if !w.server.Without["EVAL"] || w.lines[text] == 0 {
			missing = append(missing, text+" is on the server")
		}
	}
	for _, text := range slices.Sorted(maps.Keys(w.expected)) {
		if w.lines[text] != 1 {
			missing = append(missing, fmt.Sprintf("%s has %d lines", text, w.lines[text]))
		}
	}
	return missing
}

// hash is a number that depends on nothing but the seed and what it is for.
func hash(seed uint64, what string, n int) uint64 {
	h := fnv.New64a()
	fmt.Fprint(h, seed, what, n)
	return h.Sum64() >> 8
}

var errCut = errors.New("cut")

// around holds commands back for the network's time, and does to a process what its plan says.
func (w *world) around(c *played.Client, command []string, after bool) error {
	var who int
	if _, err := fmt.Sscanf(c.Name, "process %d", &who); err != nil {
		return nil //nolint:nilerr // a client of the test itself, which nothing happens to
	}
	p := w.helper
	if who < len(w.processes) {
		p = w.processes[who]
	}
	return p.step(fmt.Sprintf("%s, after %t", command[0], after))
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
