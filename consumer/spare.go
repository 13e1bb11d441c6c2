package consumer

import "sync"

// spareLines is memory of lines that are staged, for those of the next portions. The writer gives it, the goroutine of Run takes it.
type spareLines struct {
	mu    sync.Mutex
	free  [][]byte
	bytes int // of free
}

// mostSpare is how many bytes are kept: each buffer grows to what its largest portion needed, and there are many.
const mostSpare = 2 * mostBytes

// take returns memory for lines, or nil when it has none to give.
func (s *spareLines) take() (lines []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.free); n > 0 {
		lines, s.free = s.free[n-1], s.free[:n-1]
		s.bytes -= cap(lines)
	}
	return lines
}

// give takes memory back, unless there is too much.
func (s *spareLines) give(lines []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bytes+cap(lines) <= mostSpare {
		s.free, s.bytes = append(s.free, lines[:0]), s.bytes+cap(lines)
	}
}

// clear leaves all of it to the garbage collector.
func (s *spareLines) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free, s.bytes = nil, 0
}
