package simulation

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

var (
	seeds = flag.Int("seeds", defaultSeeds, "how many `seeds` are run")
	from  = flag.Uint64("from", 1, "the first `seed`")
)

// play runs a plan and returns what was not as it must be, with the story when it is told.
func play(t *testing.T, p plan, telling bool) (broken, story []string) {
	t.Helper()
	synctest.Test(t, func(*testing.T) {
		w := newWorld(p, telling)
		broken = w.run()
		w.server.CutAll("")
		time.Sleep(10 * time.Minute) // what was held up ends
		story = w.story
	})
	return broken, story
}

func TestSeeds(t *testing.T) {
	for seed := *from; seed < *from+uint64(*seeds); seed++ {
		if broken, _ := play(t, newPlan(seed), false); len(broken) > 0 {
			p, broken, story := minimize(t, newPlan(seed))
			t.Fatalf("%s\n\n%s\n%s", strings.Join(broken, "\n"), p, tail(story))
		}
	}
}

// TestASeedRepeatsARun plays seeds again. Go may interrupt a goroutine at any time, so that one run in a thousand or so
// takes another way on a busy machine: two of three have to be equal.
func TestASeedRepeatsARun(t *testing.T) {
	for seed := uint64(1); seed <= 60; seed++ {
		var stories [3][]string
		for i := range stories {
			_, stories[i] = play(t, newPlan(seed), true)
			if i > 0 && slices.Equal(stories[i], stories[i-1]) {
				break
			}
		}
		if a, b, c := stories[0], stories[1], stories[2]; !slices.Equal(a, b) && !slices.Equal(b, c) && !slices.Equal(a, c) {
			t.Errorf("seed %d takes another way each time:\n%s\n\n%s", seed, strings.Join(a, "\n"), strings.Join(b, "\n"))
		}
	}
}

// minimize takes away what the failure does not need.
func minimize(t *testing.T, p plan) (plan, []string, []string) {
	t.Helper()
	broken, story := play(t, p, true)
	for again := true; again; {
		again = false
		for _, less := range p.fewer() {
			if b, s := play(t, less, true); len(b) > 0 {
				p, broken, story, again = less, b, s, true
				break
			}
		}
	}
	return p, broken, story
}

// tail is the end of a story, up to what went wrong.
func tail(story []string) string {
	const most = 150
	if at := slices.IndexFunc(story, func(line string) bool { return strings.Contains(line, "WRONG") }); at >= 0 {
		story = story[:at+1]
	}
	if n := len(story); n > most {
		story = append([]string{fmt.Sprintf("(%d lines before)", n-most)}, story[n-most:]...)
	}
	return strings.Join(story, "\n")
}

// TestMistakesAreSeen plays with processes that do what they must not, each of which one of the rules forbids.
func TestMistakesAreSeen(t *testing.T) {
	p := plan{Seed: 1, Messages: 20, Processes: []processPlan{{Consumer: "a", Fetch: 5}, {Consumer: "b", Fetch: 5, Start: time.Second}}}
	for _, tt := range []struct {
		mistake mistake
		want    string
	}{
		{forgetsToWrite, "is not written"},
		{takesFromTheLiving, "who lives"},
		{handsOutTwice, "again"},
		{neverWrites, "after five quiet minutes"},
	} {
		p.Mistake = tt.mistake
		broken, story := play(t, p, true)
		if !slices.ContainsFunc(broken, func(b string) bool { return strings.Contains(b, tt.want) }) {
			t.Errorf("%s: %q is not seen, but %q\n%s", tt.mistake, tt.want, broken, tail(story))
		}
	}
}

// TestFormerFailures plays seeds that have failed once. Where the player has changed since, they may take another way; what they
// found then has a test of its own in transport/redis.
func TestFormerFailures(t *testing.T) {
	for _, former := range []struct {
		seed uint64
		what string
	}{
		{135, "a connection was opened after Close, to end a read that had ended"},
		{12317, "a heartbeat that was sent again had the value that others saw unchanged for five seconds"},
		{27748, "held up within the XCLAIM of its keepalive, and the entries claimed meanwhile"},
		{226, "killed between XACK and XDEL, where these are two commands"},
		{8761, "held up within the XCLAIM of its keepalive again, with batches read ahead"},
	} {
		t.Run(fmt.Sprintf("%d %s", former.seed, former.what), func(t *testing.T) {
			if broken, story := play(t, newPlan(former.seed), true); len(broken) > 0 {
				t.Fatalf("%s\n\n%s", strings.Join(broken, "\n"), tail(story))
			}
		})
	}
}
