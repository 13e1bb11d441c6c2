// Package stdout writes lines to one stream, such as standard output, instead of files.
//
// # Rules
//
//   - Commit returns when write(2) has accepted all lines: they are in the pipe, or with its reader. Whether they reach a disk
//     is not known, and there is no journal: an entry that is redelivered is written again. So a line is written at least
//     once, and a crash of the reader may lose what is in the pipe.
//   - Where standard output leads nowhere nothing is written: see [Check].
//   - After a write that failed in the middle of a line the next Commit continues there, so that a retry tears no line.
package stdout

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"envelog/transport"
)

// Sink implements consumer.Sink on a stream. It is used by one goroutine at a time.
type Sink struct {
	out    io.Writer
	staged []byte // lines that are not written yet
}

// keptBytes is how much memory is kept for the next lines.
const keptBytes = 8 << 20

// New returns a Sink that writes to out.
func New(out io.Writer) *Sink { return &Sink{out: out} }

// Check fails when everything that is written to out is lost: it is the null device. So it is for a process that was started
// with its standard output closed, in whose place Go opens that.
func Check(out io.Writer) error {
	file, ok := out.(*os.File)
	if !ok {
		return nil
	}
	is, err := file.Stat()
	if err != nil {
		return fmt.Errorf("look at standard output: %w", err)
	}
	if null, err := os.Stat(os.DevNull); err == nil && os.SameFile(is, null) {
		return errors.New("standard output is closed, or " + os.DevNull + ", where every line would be lost: have something read it, or set output to files")
	}
	return nil
}

// Written implements consumer.Sink: nothing is remembered.
func (s *Sink) Written(int, *transport.Entry) bool { return false }

// Stage implements consumer.Sink.
func (s *Sink) Stage(_ int, _ *transport.Entry, _ []byte, _ time.Time, line []byte) {
	s.staged = append(s.staged, line...)
	if len(line) == 0 || line[len(line)-1] != '\n' {
		s.staged = append(s.staged, '\n')
	}
}

// Staged returns how many bytes of lines are staged.
func (s *Sink) Staged() int { return len(s.staged) }

// Commit implements consumer.Sink.
func (s *Sink) Commit() error {
	for len(s.staged) > 0 {
		n, err := s.out.Write(s.staged)
		s.staged = s.staged[:copy(s.staged, s.staged[n:])]
		if err != nil {
			return fmt.Errorf("write lines to standard output: %w", err)
		}
	}
	if cap(s.staged) > keptBytes {
		s.staged = nil
	}
	return nil
}

// Drop implements consumer.Sink: nothing fails alone.
func (s *Sink) Drop() {}
