package console

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
)

// TestASignalEndsAQuestion has nobody answer.
func TestASignalEndsAQuestion(t *testing.T) {
	in, nobody := io.Pipe()
	defer nobody.Close()
	var out bytes.Buffer
	o := Open(Streams{In: in, Out: &out, Err: &out}, nil, func(string) string { return "" })
	asked := 0
	o.Signals = func(c chan<- os.Signal, signals ...os.Signal) {
		asked++
		c <- syscall.SIGINT // ^C
	}
	if _, err := o.Confirm(t.Context(), "Sure?", true); !errors.Is(err, ErrInterrupted) {
		t.Errorf("confirm = %v", err)
	}
	if _, err := o.Choose(t.Context(), "Which?", []string{"one", "two"}, "one"); !errors.Is(err, ErrInterrupted) {
		t.Errorf("choose = %v", err)
	}
	if asked != 2 || !strings.Contains(out.String(), "Sure? (yes/no)") {
		t.Errorf("%d signals, printed %q", asked, out.String())
	}
}
