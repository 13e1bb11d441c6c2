package redis

import "testing"

// TestAckWays acknowledges and deletes in each way that a server may have.
func TestAckWays(t *testing.T) {
	for name, test := range map[string]struct {
		without []string
		want    ackWay
	}{
		"XACKDEL":     {nil, byXackdel},
		"transaction": {[]string{"XACKDEL"}, byTransaction},
		"script":      {[]string{"XACKDEL", "MULTI"}, byScript},
		"no EXEC":     {[]string{"XACKDEL", "EXEC"}, byScript},
		"apart":       {[]string{"XACKDEL", "MULTI", "EVAL", "EVALSHA"}, apart},
	} {
		t.Run(name, func(t *testing.T) {
			s := playedWithout(t, test.without...)
			c := s.connect(t)
			s.add(t, "a", "b", "c")
			_, ids := c.collect(t, 3)
			c.ackAll(t, ids)
			if left, pending := s.int(t, "XLEN", "messages"), s.pending(t); left != 0 || pending != 0 {
				t.Fatalf("%d on the stream, %d pending", left, pending)
			}
			if stats := c.Stats(); c.acks.way != test.want || stats.Acked != 3 || stats.Unknown != 0 {
				t.Fatalf("way %d, want %d; %+v", c.acks.way, test.want, stats)
			}
		})
	}
}
