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
	seeds = flag.Int("seeds", 150, "how many seeds are run")
	first = flag.Uint64("first", 1, "the first seed")
)

// play runs a plan and returns what was not as it must be, with the story.
func play(t *testing.T, p plan) (broken, story []string) {
	t.Helper()
	synctest.Test(t, func(*testing.T) {
		w := newWorld(p)
		broken = w.run()
		w.server.CutAll("")
		time.Sleep(10 * time.Minute) // what was held up ends
		story = w.story
	})
	return broken, story
}

func TestSeeds(t *testing.T) {
	for n := range *seeds {
		seed := *first + uint64(n)
		p := newPlan(seed)
		if broken, _ := play(t, p); len(broken) > 0 {
			p, broken, story := minimize(t, p, broken)
			t.Fatalf("%s\n\n%s\n%s", strings.Join(broken, "\n"), p, tail(story))
		}
	}
}

// minimize takes away what the failure does not need.
func minimize(t *testing.T, p plan, broken []string) (plan, []string, []string) {
	t.Helper()
	_, story := play(t, p)
	for again := true; again; {
		again = false
		for _, less := range p.fewer() {
			if b, s := play(t, less); len(b) > 0 {
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
		broken, story := play(t, p)
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
		{226, "killed between XACK and XDEL, where these are two commands"},
	} {
		t.Run(fmt.Sprintf("%d %s", former.seed, former.what), func(t *testing.T) {
			if broken, story := play(t, newPlan(former.seed)); len(broken) > 0 {
				t.Fatalf("%s\n\n%s", strings.Join(broken, "\n"), tail(story))
			}
		})
	}
}
