package early

import (
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"
)

// raise sends a signal to this process, and returns when it is held.
func raise(t *testing.T, e *Caught, sig syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(os.Getpid(), sig); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); len(e.c) == 0; {
		if time.Now().After(deadline) {
			t.Fatal("the signal was not caught")
		}
		<-time.After(time.Millisecond)
	}
}

func TestWhoAsksLaterGetsWhatCameBefore(t *testing.T) {
	e := Catch(syscall.SIGTERM)
	raise(t, e, syscall.SIGTERM)
	hangups := make(chan os.Signal, 1)
	e.Notify(hangups, syscall.SIGHUP) // is not asked for by this one
	c := make(chan os.Signal, 2)
	e.Notify(c, syscall.SIGINT, syscall.SIGTERM)
	defer signal.Stop(c)
	defer signal.Stop(hangups)
	if got := <-c; got != syscall.SIGTERM {
		t.Errorf("got %v", got)
	}
	if len(c)+len(hangups) > 0 {
		t.Error("it came twice")
	}
}

func TestReleaseRaisesWhatWasHeld(t *testing.T) {
	e, other := Catch(syscall.SIGINT), make(chan os.Signal, 2)
	raise(t, e, syscall.SIGINT)
	signal.Notify(other, syscall.SIGINT) // instead of the default, which would end this test
	defer signal.Stop(other)
	e.Release()
	e.Release()
	if got := <-other; got != syscall.SIGINT {
		t.Errorf("got %v", got)
	}
}
