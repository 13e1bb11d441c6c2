package simulation

import (
	"bufio"
	"flag"
	"fmt"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"envelog/internal/statedir"
	"envelog/internal/vfs/simfs"
)

var learn = flag.Bool("learn", false, "write down what regressions play of which nothing is written down")

// playedFile has what happens in each of the regressions: which calls fail, and what the kernel and power cuts take. An event is at a step
// with a number, and another step before it has it happen at another call, or never: the row would pass, whatever the code does.
const playedFile = "testdata/played.txt"

// journalDir has the journals.
const journalDir = logDir + "/" + statedir.Name

// note notes once what happens to a run.
func (r *run) note(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(r.played, text) {
		r.played = append(r.played, text)
	}
}

// kindOf returns what a file is for.
func kindOf(name string) string {
	switch {
	case strings.Contains(name, ".journal"):
		return "a journal"
	case strings.Contains(name, ".log"):
		return "a log file"
	}
	return "something else"
}

// stageOf returns what a call is for.
func stageOf(c *simfs.Call) string {
	switch c.Kind {
	case simfs.Write, simfs.Append:
		return "a write to " + kindOf(path.Base(c.Path))
	case simfs.Sync, simfs.SyncDir:
		return "a sync of " + kindOf(path.Base(c.Path))
	}
	return "another call"
}

// noteEvent notes an event that happens at a call: of an error, at which. It is enough that the others happen.
func (r *run) noteEvent(s *slot, c *simfs.Call, e event) {
	r.missing = slices.DeleteFunc(r.missing, func(o event) bool {
		o.times = e.times // which are left
		return o == e
	})
	if e.what == fail {
		r.note("%s: %v at %s", s.name, e.err, stageOf(c))
	}
}

// noteLost notes of which file the kernel has lost something.
func (r *run) noteLost(ino uint64) {
	for _, name := range slices.Sorted(maps.Keys(r.contents())) {
		if r.m.Ino(name) == ino {
			r.note("the kernel drops some of %s", kindOf(path.Base(name)))
			return
		}
	}
	r.note("the kernel drops some of a file that is gone")
}

// noteCut notes which files are not what they were before a power cut.
func (r *run) noteCut(before map[string]string) {
	var changed []string
	now := r.contents()
	for name, content := range before {
		if after, there := now[name]; !there || after != content {
			changed = append(changed, kindOf(path.Base(name)))
		}
	}
	slices.Sort(changed)
	for _, kind := range slices.Compact(changed) {
		r.note("a power cut takes some of %s", kind)
	}
}

// contents returns log files and journals by their paths.
func (r *run) contents() map[string]string {
	contents := make(map[string]string)
	for _, dir := range []string{logDir, journalDir} {
		for _, name := range r.m.Names(dir) {
			if strings.Contains(name, ".log") || strings.HasSuffix(name, ".journal") {
				contents[dir+"/"+name] = string(r.m.ReadFile(dir + "/" + name))
			}
		}
	}
	return contents
}

// readPlayed returns what is written down of each row.
func readPlayed(t *testing.T) map[string][]string {
	t.Helper()
	f, err := os.Open(playedFile)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, name := make(map[string][]string), ""
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if step, ok := strings.CutPrefix(lines.Text(), "\t"); ok {
			all[name] = append(all[name], step)
		} else if name = lines.Text(); name != "" {
			all[name] = []string{}
		}
	}
	return all
}

func writePlayed(t *testing.T, all map[string][]string) {
	t.Helper()
	var b strings.Builder
	for _, r := range regressions {
		fmt.Fprintf(&b, "%s\n", r.name)
		for _, step := range all[r.name] {
			fmt.Fprintf(&b, "\t%s\n", step)
		}
	}
	if err := os.WriteFile(playedFile, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// checkPlayed fails when a row plays something else than what it is for, and tells which steps come next to that.
func checkPlayed(t *testing.T, p *plan, res result, want []string) {
	t.Helper()
	for _, e := range res.missing {
		t.Errorf("this row no longer plays what it is for: never happens: %v", e)
	}
	if common(res.played, want) == len(want) {
		return
	}
	near, n := nearest(t, p, want)
	t.Errorf("this row no longer plays what it is for:\n\t%s\nbut:\n\t%s\n"+
		"The plan below plays %d of these %d. See that what it plays still fails without the mend that it is for; if it does, take it, remove "+
		"the row from %s, and write that again with -learn.\n%s",
		strings.Join(want, "\n\t"), strings.Join(res.played, "\n\t"), n, len(want), playedFile, near.row(t.Name()))
}

// nearest moves the events of a plan by some steps, one, those of a slot that count the same steps, or all, as long as that brings it
// nearer to what it has to play. It returns how much of that it plays.
func nearest(t *testing.T, p *plan, want []string) (best *plan, n int) {
	best = p.clone()
	n = common(execute(t, best, openSink, false).played, want)
	for again := true; again && n < len(want); {
		again = false
		from := best
		for by := -12; by <= 12; by++ {
			for _, next := range from.moved(by) {
				if m := common(execute(t, next, openSink, false).played, want); m > n {
					best, n, again = next, m, true
				}
			}
		}
	}
	return best, n
}

// moved returns plans in which events are by some steps later.
func (p *plan) moved(by int) (all []*plan) {
	move := func(is func(event) bool) {
		next := p.clone()
		for i := range next.events {
			if e := &next.events[i]; is(*e) {
				e.step = max(0, e.step+by)
			}
		}
		all = append(all, next)
	}
	for _, e := range p.events {
		move(func(o event) bool { return o == e })
		move(func(o event) bool { return o.slot == e.slot && o.match == e.match })
	}
	move(func(event) bool { return true })
	return all
}

// common returns how much of what is wanted was played.
func common(played, want []string) (n int) {
	for _, text := range want {
		if slices.Contains(played, text) {
			n++
		}
	}
	return n
}

// TestNearestFindsAStepAgain has the events of rows a step later than they were, until one no longer plays what it did.
func TestNearestFindsAStepAgain(t *testing.T) {
	for _, r := range regressions {
		all := r.plan.moved(1)
		later := all[len(all)-1]
		want := execute(t, &r.plan, openSink, false).played
		if common(execute(t, later, openSink, false).played, want) == len(want) {
			continue
		}
		if _, n := nearest(t, later, want); n != len(want) {
			t.Errorf("%s: found %d of %d", r.name, n, len(want))
		}
		return
	}
	t.Fatal("all rows play the same a step later")
}
