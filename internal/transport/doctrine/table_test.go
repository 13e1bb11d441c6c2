//go:build integration || compat

package doctrine_test

import (
	"errors"
	"reflect"
	"strings"
	"sync"
	"testing"

	"envelog/transport"
)

// columnQueries tell what the columns hold; the versions of Symfony agree on it.
var columnQueries = map[string]string{
	"PostgreSQL": "SELECT column_name, data_type, character_maximum_length, datetime_precision, is_nullable FROM information_schema.columns WHERE table_name = 'messenger_messages' ORDER BY ordinal_position",
	"MariaDB":    "SELECT column_name, column_type, is_nullable, extra, character_set_name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'messenger_messages' ORDER BY ordinal_position",
	"SQLite":     "SELECT name, type, \"notnull\", pk FROM pragma_table_info('messenger_messages') ORDER BY cid",
}

// definitionQueries tell what differs from version to version: how ids are made, and the indexes.
var definitionQueries = map[string]string{
	"PostgreSQL": "SELECT indexdef, (SELECT identity_generation FROM information_schema.columns WHERE table_name = 'messenger_messages' AND column_name = 'id') FROM pg_indexes WHERE tablename = 'messenger_messages' ORDER BY indexname",
	"MariaDB":    "SELECT index_name, seq_in_index, column_name, non_unique FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = 'messenger_messages' ORDER BY index_name, seq_in_index",
	"SQLite":     "SELECT type, name, sql FROM sqlite_master WHERE tbl_name = 'messenger_messages' ORDER BY name",
}

// sameTable compares the table that Go makes with PHP's; indexes and ids with those of the newest version.
func sameTable(t *testing.T, p platform) {
	byPHP := pairOn(t, p)
	byGo := p.fresh(t)
	if err := byGo.open(t, byPHP.php).Setup(t.Context()); err != nil {
		t.Fatal(err)
	}
	queries := []string{columnQueries[p.name]}
	if byPHP.php.Symfony == "7.4" {
		queries = append(queries, definitionQueries[p.name])
	}
	for _, query := range queries {
		if php, own := byPHP.rows(t, query), byGo.rows(t, query); len(php) == 0 || !reflect.DeepEqual(own, php) {
			t.Errorf("PHP made\n%q\nGo made\n%q", php, own)
		}
	}
}

// setupOfPHP has PHP set up the table that Go has made and filled. 5.4 gives it other indexes; DBAL 3 does not know the
// ids of PostgreSQL that DBAL 4 makes, and gives up without a change.
func setupOfPHP(t *testing.T, p platform) {
	db := p.fresh(t)
	php := startPeer(t, db.url, map[string]any{"queue_name": "failed", "check_delayed_interval": 0})
	own := pair{db, php, db.open(t, php)}
	first := own.send("1")
	for range 2 {
		_, failure := attempt[any](php, "setup")
		refused := p.name == "PostgreSQL" && !php.Identity
		if refused != strings.Contains(failure, `"messenger_messages_id_seq" already exists`) || !refused && failure != "" {
			t.Errorf("PHP's setup: %q", failure)
		}
		if err := own.own.Setup(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	second, third := own.send("2"), call[struct{ ID string }](php, "send", base64Text("3")).ID
	for _, id := range []string{first, second, third} {
		if got := call[phpMessage](php, "find", id); got.ID != id {
			t.Errorf("PHP finds %+v, want %s", got, id)
		}
		if got := call[phpMessage](php, "get"); got.ID != id {
			t.Errorf("PHP gets %+v, want %s", got, id)
		}
	}
}

// autoSetupOfPHP has PHP, which makes the table when it first gets, meet the one that Go makes when it first sends.
func autoSetupOfPHP(t *testing.T, p platform) {
	db := p.fresh(t)
	php := startPeer(t, db.url, map[string]any{"queue_name": "failed", "check_delayed_interval": 0})
	own := pair{db, php, db.open(t, php)}
	if got := call[*phpMessage](php, "get"); got != nil {
		t.Fatalf("PHP gets %+v", got)
	}
	id := own.send("1")
	if got := call[phpMessage](php, "get"); got.ID != id {
		t.Errorf("PHP gets %+v, want %s", got, id)
	}
}

// sharedQueue lets both sides work on one queue at the same time: no message is handed out twice, and none is lost.
func sharedQueue(t *testing.T, p pair) {
	const messages = 60
	for range messages {
		p.send("x")
	}
	var mu sync.Mutex
	seen := map[string]int{}
	var group sync.WaitGroup
	for range 2 {
		group.Go(func() {
			for {
				m, err := p.own.Get(t.Context())
				if err == nil {
					err = p.own.Ack(t.Context(), m.ID)
				}
				if errors.Is(err, transport.ErrNotFound) {
					return
				}
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				seen[m.ID]++
				mu.Unlock()
			}
		})
	}
	for _, id := range call[[]string](p.php, "drain") {
		mu.Lock()
		seen[id]++
		mu.Unlock()
	}
	group.Wait()
	// Who finds the others' rows locked goes home early; what is left then is there for the next one.
	for _, id := range call[[]string](p.php, "drain") {
		seen[id]++
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("message %s was handed out %d times", id, n)
		}
	}
	if len(seen) != messages {
		t.Errorf("%d messages were handed out, want %d", len(seen), messages)
	}
}
