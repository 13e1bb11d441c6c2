package played

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"envelog/transport/streamid"
)

// Server is one played server. Its zero value is not of use; see New.
type Server struct {
	// Around is called with every command that a client sends, before it is run when after is false, and before its reply is
	// sent otherwise. It may take its time. An error cuts the connection. nil does nothing.
	Around func(c *Client, command []string, after bool) error
	// Watch is called with every command, within scripts too, before it is run; find looks at an entry of a group. It must not
	// call the server otherwise. nil does nothing.
	Watch func(command []string, find Finder)
	// Without are commands that the server does not know.
	Without map[string]bool

	known    map[string]handler
	mu       sync.Mutex
	data     *data
	clients  map[int64]*Client
	nextID   int64
	waiting  []*waiting // reads that wait for entries, in the order in which they came
	written  bool       // something was written since they were looked at
	versions map[string]int
	scripts  map[string]string // those that were seen, by their digests
}

// Finder returns the fields of an entry, nil when it is not on the stream, and the consumer that has it pending, or "".
type Finder func(key, group, id string) (fields []string, consumer string)

// Client is one connection.
type Client struct {
	ID   int64
	Name string // that of its dialer, for those who look

	conn    net.Conn
	queue   [][]string // since MULTI
	multi   bool
	aborted bool
	watched map[string]int
}

// waiting is a read that waits for entries, of one client.
type waiting struct {
	client  int64
	command []string
	reply   chan any // has room for one
}

// New returns an empty server. It starts nothing.
func New() *Server {
	return &Server{
		known: handlers(), data: newData(), clients: map[int64]*Client{}, versions: map[string]int{}, scripts: map[string]string{},
		Without: map[string]bool{},
	}
}

// Snapshot is what a replica has: everything at a time.
type Snapshot struct{ data *data }

// Snapshot copies everything.
func (s *Server) Snapshot() Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Snapshot{s.data.clone()}
}

// Restore lets everything be as it was at the time of a snapshot, as after a failover to a replica.
func (s *Server) Restore(to Snapshot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.data = to.data.clone()
	for key := range s.versions {
		s.versions[key]++
	}
}

// CutAll cuts the connections of the clients of a name, all when it is "".
func (s *Server) CutAll(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(s.clients)) {
		if c := s.clients[id]; name == "" || c.Name == name {
			c.conn.Close()
		}
	}
}

// Listen serves on a port of the machine, for tests that dial.
func (s *Server) Listen() (net.Listener, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go s.Serve(conn, "")
		}
	}()
	return l, nil
}

// Serve answers one connection until it ends.
func (s *Server) Serve(conn net.Conn, name string) {
	defer conn.Close()
	s.mu.Lock()
	s.nextID++
	c := &Client{ID: s.nextID, Name: name, conn: conn, watched: map[string]int{}}
	s.clients[c.ID] = c
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.clients, c.ID)
		s.mu.Unlock()
	}()
	commands := make(chan []string, 1000) // what the network holds
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		defer close(commands)
		in := bufio.NewReader(conn)
		for {
			command, err := readCommand(in)
			if err != nil {
				return
			}
			commands <- command
		}
	}()
	defer func() {
		conn.Close()
		for range commands { // the reader ends
		}
	}()
	for command := range commands {
		reply, err := s.answer(c, command, gone)
		if err != nil {
			return
		}
		if _, err := conn.Write(reply); err != nil {
			return
		}
	}
}

func (s *Server) answer(c *Client, command []string, gone <-chan struct{}) ([]byte, error) {
	if s.Around != nil {
		if err := s.Around(c, command, false); err != nil {
			return nil, err
		}
	}
	reply := s.run(c, command, gone)
	if s.Around != nil {
		if err := s.Around(c, command, true); err != nil {
			return nil, err
		}
	}
	return appendReply(nil, reply), nil
}

// readCommand reads an array of strings.
func readCommand(in *bufio.Reader) ([]string, error) {
	n, err := readHead(in, '*')
	if err != nil {
		return nil, err
	}
	command := make([]string, n)
	for i := range command {
		size, err := readHead(in, '$')
		if err != nil {
			return nil, err
		}
		text := make([]byte, size+2)
		if _, err := io.ReadFull(in, text); err != nil {
			return nil, err
		}
		command[i] = string(text[:size])
	}
	if n == 0 {
		return nil, errors.New("empty command")
	}
	command[0] = strings.ToUpper(command[0])
	return command, nil
}

func readHead(in *bufio.Reader, kind byte) (int, error) {
	line, err := in.ReadString('\n')
	if err != nil {
		return 0, err
	}
	if line[0] != kind {
		return 0, fmt.Errorf("%q where %q is due", line, kind)
	}
	return strconv.Atoi(strings.TrimSpace(line[1:]))
}

// status is a simple string.
type status string

// appendReply spells a reply: nil, an error, status, int, string or []any.
func appendReply(dst []byte, reply any) []byte {
	switch v := reply.(type) {
	case nil:
		return append(dst, "$-1\r\n"...)
	case nothing:
		return append(dst, "*-1\r\n"...)
	case error:
		return fmt.Appendf(dst, "-%s\r\n", v)
	case status:
		return fmt.Appendf(dst, "+%s\r\n", v)
	case int:
		return fmt.Appendf(dst, ":%d\r\n", v)
	case string:
		dst = strconv.AppendInt(append(dst, '$'), int64(len(v)), 10)
		return append(append(append(dst, "\r\n"...), v...), "\r\n"...)
	case []any:
		dst = fmt.Appendf(dst, "*%d\r\n", len(v))
		for _, item := range v {
			dst = appendReply(dst, item)
		}
		return dst
	}
	panic(fmt.Sprintf("reply of type %T", reply))
}

// nothing is a null array.
type nothing struct{}

// run answers one command. A read that finds nothing waits.
func (s *Server) run(c *Client, command []string, gone <-chan struct{}) any {
	if command[0] == "XREADGROUP" && !c.multi {
		return s.read(c, command, gone)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.serveWaiting()
	return s.queueOrRun(c, command)
}

// read is XREADGROUP, which waits with BLOCK.
func (s *Server) read(c *Client, command []string, gone <-chan struct{}) any {
	block, blocks := option(command, "BLOCK")
	s.mu.Lock()
	reply := s.call(command)
	if _, empty := reply.(nothing); !empty || !blocks {
		s.mu.Unlock()
		return reply
	}
	w := &waiting{c.ID, command, make(chan any, 1)}
	s.waiting = append(s.waiting, w)
	s.mu.Unlock()
	ms, _ := strconv.Atoi(block)
	timer := time.NewTimer(time.Duration(ms) * time.Millisecond)
	defer timer.Stop()
	select {
	case reply := <-w.reply:
		return reply
	case <-timer.C:
	case <-gone:
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting = slices.DeleteFunc(s.waiting, func(o *waiting) bool { return o == w })
	select {
	case reply := <-w.reply:
		return reply
	default:
		return nothing{}
	}
}

// serveWaiting lets the reads that wait look again after a command has written, in their order, as Redis does; s.mu is held.
func (s *Server) serveWaiting() {
	if !s.written {
		return
	}
	s.written = false
	s.waiting = slices.DeleteFunc(s.waiting, func(w *waiting) bool {
		reply := s.call(w.command)
		if _, empty := reply.(nothing); empty {
			return false
		}
		w.reply <- reply
		return true
	})
}

func option(command []string, name string) (string, bool) {
	for i := 1; i+1 < len(command); i++ {
		if strings.EqualFold(command[i], name) {
			return command[i+1], true
		}
	}
	return "", false
}

// queueOrRun keeps to MULTI.
func (s *Server) queueOrRun(c *Client, command []string) any {
	name := command[0]
	switch {
	case s.Without[name]:
		c.aborted = c.multi
		return fmt.Errorf("ERR unknown command '%s', with args beginning with: ", name)
	case name == "EXEC":
		return s.exec(c)
	case name == "DISCARD":
		c.multi, c.queue = false, nil
		return status("OK")
	case c.multi:
		c.queue = append(c.queue, command)
		return status("QUEUED")
	case name == "MULTI":
		c.multi, c.aborted, c.queue = true, false, nil
		return status("OK")
	case name == "WATCH":
		for _, key := range command[1:] {
			c.watched[key] = s.versions[key]
		}
		return status("OK")
	case name == "UNWATCH":
		clear(c.watched)
		return status("OK")
	case name == "CLIENT":
		return s.client(c, command)
	}
	return s.call(command)
}

func (s *Server) exec(c *Client) any {
	defer func() {
		c.multi, c.queue = false, nil
		clear(c.watched)
	}()
	if c.aborted {
		return errors.New("EXECABORT Transaction discarded because of previous errors.") //nolint:revive,staticcheck // Redis's own words
	}
	for key, version := range c.watched {
		if s.versions[key] != version {
			return nothing{}
		}
	}
	replies := []any{}
	for _, command := range c.queue {
		replies = append(replies, s.call(command))
	}
	return replies
}

func (s *Server) client(c *Client, command []string) any {
	switch strings.ToUpper(command[1]) {
	case "ID":
		return int(c.ID)
	case "UNBLOCK":
		id, _ := strconv.ParseInt(command[2], 10, 64)
		at := slices.IndexFunc(s.waiting, func(w *waiting) bool { return w.client == id })
		if at < 0 {
			return 0
		}
		s.waiting[at].reply <- nothing{}
		s.waiting = slices.Delete(s.waiting, at, at+1)
		return 1
	}
	return errors.New("ERR unknown subcommand")
}

// find is a Finder; s.mu is held.
func (s *Server) find(key, group, id string) (fields []string, consumer string) {
	st := s.data.streams[key]
	parsed, err := streamid.Parse([]byte(id))
	if st == nil || err != nil {
		return nil, ""
	}
	if at, there := st.find(parsed); there {
		fields = st.entries[at].fields
	}
	if g := st.groups[group]; g != nil {
		consumer = g.pending[parsed].consumer
	}
	return fields, consumer
}

// Do runs one command for a test.
func (s *Server) Do(command ...string) any {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.serveWaiting()
	return s.call(command)
}

// wrote notes that a key was changed.
func (s *Server) wrote(key string) {
	s.versions[key]++
	s.written = true
}
