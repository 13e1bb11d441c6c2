package consumer

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
)

func TestFailuresEndAsTheyAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver(t, "poison retried", "app:1", "poison parked", "poison kept", "poison left", "poison ignored")
		g := build(t, func(c *Config) { c.FetchSize, c.Limit = 10, 6 }, r)
		g.failures.receiver = r
		g.failures.outcomes = map[string]Outcome{
			"poison retried": Retried, "poison parked": Parked, "poison left": Left, "poison ignored": Ignored,
		}
		if err := g.consumer.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		g.settled()
		g.wantStats(Stats{
			Received: 6, Handled: 1, Retried: 1, Parked: 1, Rejected: 1, Ignored: 1, Left: 1, Failed: 3, Batches: 1, Bytes: 2,
		})
		if diff := cmp.Diff([]string{"poison kept", "poison ignored", "app:1"}, r.acked); diff != "" {
			t.Errorf("acknowledged (-want +got):\n%s", diff)
		}
	})
}

func TestAFileThatCannotBeWrittenHoldsUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver(t, "app:1", "db:2", "app:3")
		g := build(t, func(c *Config) { c.FetchSize, c.Limit = 10, 3 }, r)
		g.failures.receiver = r
		g.failures.outcomes = map[string]Outcome{"db:2": Retried}
		g.sink.apart["db"] = errors.New("permission denied")
		if err := g.consumer.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		g.settled()
		g.wantStats(Stats{Received: 3, Handled: 2, Retried: 1, Failed: 1, Batches: 1, Bytes: 4})
		if diff := cmp.Diff([]string{"db:2: permission denied (passing)"}, g.failures.kept); diff != "" {
			t.Errorf("failed (-want +got):\n%s", diff)
		}
		if strings.Contains(g.log.text(), "Writing failed") {
			t.Errorf("reading paused:\n%s", g.log.text())
		}
	})
}

func TestWhatCanBeBroughtNowhereIsHandedOutAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver(t, "poison")
		g := build(t, func(c *Config) { c.Limit = 1 }, r)
		g.failures.err = errors.New("connection refused")
		if err := g.consumer.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		g.settled()
		if diff := cmp.Diff([]string{"170-0"}, r.left); diff != "" {
			t.Errorf("left (-want +got):\n%s", diff)
		}
	})
}
