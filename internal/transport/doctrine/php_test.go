//go:build integration || compat

package doctrine_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"envelog/transport"
)

// texts are what messages carry through the serializer: the second and third end up in base64.
var texts = []base64Text{"plain 'quotes' \"and\" \\slashes\\ é 😀", "bytes \xff\xfe", "\xff", ""}

var headers = []transport.Header{{Name: "type", Value: `App/Möl\x`}, {Name: "X-é", Value: "😀 <&>'\"\n\t\x01\x7f\u2028"}, {Name: "empty"}}

func TestWithPHP(t *testing.T) {
	onEveryPlatform(t, func(t *testing.T, p platform) {
		for _, behaviour := range []struct {
			name string
			test func(*testing.T, pair)
		}{
			{"what PHP sends, Go reads", phpSends},
			{"what Go sends, PHP reads", goSends},
			{"both write the same row", sameRow},
			{"delays are the same", sameDelay},
			{"a message goes to one side only", handedOutToOne},
			{"the redeliver timeout is the same", redelivered},
			{"what one side removes, the other does not see", removedForBoth},
			{"PHP's commands work on what Go sent", commands},
			{"PHP's worker consumes what Go sent", consume},
		} {
			t.Run(behaviour.name, func(t *testing.T) { behaviour.test(t, pairOn(t, p)) })
		}
		t.Run("both make the same table", func(t *testing.T) { sameTable(t, p) })
		t.Run("PHP sets up what Go has made", func(t *testing.T) { setupOfPHP(t, p) })
		t.Run("PHP and Go make the table when it is missing", func(t *testing.T) { autoSetupOfPHP(t, p) })
		if p.name != "SQLite" { // where PHP does not wait for a lock that it needs to write after it has read
			t.Run("both share a queue", func(t *testing.T) { sharedQueue(t, pairOn(t, p)) })
		}
	})
}

// encode has PHP serialize a failed message.
func (p pair) encode(text base64Text) transport.Message {
	encoded := call[struct {
		Body    string
		Headers map[string]string
	}](p.php, "encode", text)
	if len(encoded.Headers) != 0 {
		p.php.t.Fatalf("PhpSerializer gave the headers %v", encoded.Headers)
	}
	return transport.Message{Body: []byte(encoded.Body)}
}

// send sends a failed message from Go and returns its id.
func (p pair) send(text base64Text) string {
	p.php.t.Helper()
	id, err := p.own.Send(p.php.t.Context(), p.encode(text), 0)
	if err != nil {
		p.php.t.Fatal(err)
	}
	return id
}

func phpSends(t *testing.T, p pair) {
	for _, text := range texts {
		sent := time.Now()
		stored := call[struct{ ID, Body string }](p.php, "send", text)
		id := stored.ID
		found, err := p.own.Find(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if string(found.Body) != stored.Body || len(found.Headers) != 0 {
			t.Errorf("%q: found %.200q with %q, want %.200q", text, found.Body, found.Headers, stored.Body)
		}
		if age := found.Created.Sub(sent); age < -2*time.Second || age > time.Since(sent)+2*time.Second || !found.Available.Equal(found.Created) {
			t.Errorf("%q: created %v, available %v, sent %v", text, found.Created, found.Available, sent)
		}
		if n, err := p.own.Count(t.Context()); err != nil || n.Waiting != 1 || n.Pending+n.Delayed != 0 {
			t.Errorf("%q: count = %+v, %v", text, n, err)
		}
		for m, err := range p.own.All(t.Context(), 0) {
			if err != nil || !reflect.DeepEqual(m, found) {
				t.Errorf("%q: all gave %+v, %v", text, m, err)
			}
		}
		got, err := p.own.Get(t.Context())
		if err != nil || got.ID != id || string(got.Body) != string(found.Body) {
			t.Errorf("%q: get = %+v, %v", text, got, err)
		}
		if err := p.own.Ack(t.Context(), id); err != nil {
			t.Error(err)
		}
		if n := call[int](p.php, "count"); n != 0 {
			t.Errorf("%q: PHP counts %d after the ack", text, n)
		}
	}
	id := call[string](p.php, "store", "{}", headers, 0)
	if m, err := p.own.Find(t.Context(), id); err != nil || !reflect.DeepEqual(m.Headers, headers) {
		t.Errorf("headers = %q, %v, want %q", m.Headers, err, headers)
	}
}

func goSends(t *testing.T, p pair) {
	for _, text := range texts {
		id := p.send(text)
		want := phpMessage{ID: id, Text: text, Error: "No such customer: é"}
		if n := call[int](p.php, "count"); n != 1 {
			t.Errorf("%q: PHP counts %d", text, n)
		}
		if got := call[phpMessage](p.php, "find", id); got != want {
			t.Errorf("PHP finds %+v, want %+v", got, want)
		}
		if got := call[[]phpMessage](p.php, "all"); len(got) != 1 || got[0] != want {
			t.Errorf("PHP lists %+v, want %+v", got, want)
		}
		if got := call[phpMessage](p.php, "get"); got != want {
			t.Errorf("PHP gets %+v, want %+v", got, want)
		}
		call[any](p.php, "ack", id)
		if _, err := p.own.Find(t.Context(), id); !errors.Is(err, transport.ErrNotFound) {
			t.Errorf("%q: find after PHP's ack: %v", text, err)
		}
	}
}

func sameRow(t *testing.T, p pair) {
	body, began := string(p.encode(texts[0]).Body), time.Now()
	call[string](p.php, "store", body, headers, 0)
	call[string](p.php, "store", body, []any{}, 0)
	for _, h := range [][]transport.Header{headers, nil} {
		if _, err := p.own.Send(t.Context(), transport.Message{Body: []byte(body), Headers: h}, 0); err != nil {
			t.Fatal(err)
		}
	}
	rows := p.rows(t, "SELECT body, headers, queue_name, delivered_at FROM messenger_messages ORDER BY id")
	if !reflect.DeepEqual(rows[:2], rows[2:]) {
		t.Errorf("PHP wrote\n%.400q\nGo wrote\n%.400q", rows[:2], rows[2:])
	}
	times := p.rows(t, "SELECT created_at, available_at FROM messenger_messages ORDER BY id")
	for _, column := range []int{0, 1} {
		php, own := parseTime(t, times[0][column]), parseTime(t, times[2][column])
		if d := own.Sub(php); d < 0 || d > time.Since(began)+2*time.Second {
			t.Errorf("PHP wrote the time %v, Go %v", php, own)
		}
	}
}

// parseTime reads a date as any of the drivers shows it; it is without a zone.
func parseTime(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.DateTime, strings.TrimSuffix(strings.Replace(s, "T", " ", 1), "Z"))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func sameDelay(t *testing.T, p pair) {
	id := call[string](p.php, "store", "{}", []any{}, 3_600_000)
	m, err := p.own.Find(t.Context(), id)
	if d := m.Available.Sub(m.Created); err != nil || d < time.Hour || d > time.Hour+time.Second {
		t.Errorf("PHP delayed for %v, %v", d, err)
	}
	if n, err := p.own.Count(t.Context()); err != nil || n.Delayed != 1 || n.Waiting != 0 {
		t.Errorf("count = %+v, %v", n, err)
	}
	if _, err := p.own.Send(t.Context(), p.encode("later"), time.Hour); err != nil {
		t.Fatal(err)
	}
	if got := call[*phpMessage](p.php, "get"); got != nil {
		t.Errorf("PHP gets %+v, which is delayed", got)
	}
	if n := call[int](p.php, "count"); n != 0 {
		t.Errorf("PHP counts %d", n)
	}
}

func handedOutToOne(t *testing.T, p pair) {
	toPHP, toGo := p.send("1"), p.send("2")
	if got := call[phpMessage](p.php, "get"); got.ID != toPHP {
		t.Fatalf("PHP gets %s, want %s", got.ID, toPHP)
	}
	if got, err := p.own.Get(t.Context()); err != nil || got.ID != toGo {
		t.Fatalf("get = %s, %v, want %s", got.ID, err, toGo)
	}
	if n, err := p.own.Count(t.Context()); err != nil || n.Pending != 2 {
		t.Errorf("count = %+v, %v", n, err)
	}
	if got := call[*phpMessage](p.php, "get"); got != nil {
		t.Errorf("PHP gets %+v, which Go has", got)
	}
	if got, err := p.own.Get(t.Context()); !errors.Is(err, transport.ErrNotFound) {
		t.Errorf("get = %+v, %v, which PHP has", got, err)
	}
}

// redelivered sets back the time at which a message was handed out: by a little less than the timeout, then a little more.
func redelivered(t *testing.T, p pair) {
	id := p.send("1")
	zone := p.php.zone()
	if zone == nil {
		zone = time.UTC
	}
	deliver := func(ago time.Duration) {
		p.exec(t, "UPDATE messenger_messages SET delivered_at = '"+time.Now().In(zone).Add(-ago).Format(time.DateTime)+"'")
	}
	deliver(time.Hour - time.Minute)
	if got := call[*phpMessage](p.php, "get"); got != nil {
		t.Errorf("PHP gets %+v before the timeout", got)
	}
	if got, err := p.own.Get(t.Context()); !errors.Is(err, transport.ErrNotFound) {
		t.Errorf("get = %+v, %v before the timeout", got, err)
	}
	deliver(time.Hour + time.Minute)
	if n := call[int](p.php, "count"); n != 1 {
		t.Errorf("PHP counts %d after the timeout", n)
	}
	if n, err := p.own.Count(t.Context()); err != nil || n.Waiting != 1 {
		t.Errorf("count = %+v, %v after the timeout", n, err)
	}
	if got, err := p.own.Get(t.Context()); err != nil || got.ID != id {
		t.Errorf("get = %+v, %v after the timeout", got, err)
	}
	deliver(time.Hour + time.Minute)
	if got := call[phpMessage](p.php, "get"); got.ID != id {
		t.Errorf("PHP gets %+v after the timeout", got)
	}
}

// removedForBoth is about a row that is really there: 5.4 marks it on MySQL, and deletes it at its next get.
func removedForBoth(t *testing.T, p pair) {
	byPHP, byGo := p.send("1"), p.send("2")
	if got := p.php.command("messenger:failed:remove", map[string]any{"id": []string{byPHP}, "--force": true}); got.Exit != 0 {
		t.Fatalf("messenger:failed:remove: exit %d\n%s", got.Exit, got.Output)
	}
	_, found := p.own.Find(t.Context(), byPHP)
	for call, err := range map[string]error{"find": found, "remove": p.own.Remove(t.Context(), byPHP), "ack": p.own.Ack(t.Context(), byPHP)} {
		if !errors.Is(err, transport.ErrNotFound) {
			t.Errorf("%s of what PHP removed: %v", call, err)
		}
	}
	if n, err := p.own.Count(t.Context()); err != nil || n.Waiting != 1 || n.Pending != 0 || n.Delayed != 0 {
		t.Errorf("count = %+v, %v", n, err)
	}
	if err := p.own.Remove(t.Context(), byGo); err != nil {
		t.Fatal(err)
	}
	if got := call[[]phpMessage](p.php, "all"); len(got) != 0 {
		t.Errorf("PHP lists %+v", got)
	}
	if got := call[*phpMessage](p.php, "find", byGo); got != nil {
		t.Errorf("PHP finds %+v", got)
	}
	if n, err := p.own.Count(t.Context()); err != nil || n != (transport.Counts{}) {
		t.Errorf("count = %+v, %v", n, err)
	}
}

func commands(t *testing.T, p pair) {
	retried, removed := p.send(texts[0]), p.send(texts[1])
	shown := p.php.command("messenger:failed:show", nil)
	for _, want := range []string{" " + retried + " ", " " + removed + " ", `App\Message\Report`, "No such customer: é"} {
		if shown.Exit != 0 || !strings.Contains(shown.Output, want) {
			t.Fatalf("messenger:failed:show: exit %d, want %q in\n%s", shown.Exit, want, shown.Output)
		}
	}
	details := p.php.command("messenger:failed:show", map[string]any{"id": retried})
	for _, want := range []string{`App\Message\Report`, "RuntimeException", "No such customer: é", "async"} {
		if details.Exit != 0 || !strings.Contains(details.Output, want) {
			t.Fatalf("messenger:failed:show %s: exit %d, want %q in\n%s", retried, details.Exit, want, details.Output)
		}
	}
	retry := p.php.command("messenger:failed:retry", map[string]any{"id": []string{retried}, "--force": true})
	if retry.Exit != 0 || !reflect.DeepEqual(retry.Handled, texts[:1]) {
		t.Fatalf("messenger:failed:retry: exit %d, handled %q\n%s", retry.Exit, retry.Handled, retry.Output)
	}
	remove := p.php.command("messenger:failed:remove", map[string]any{"id": []string{removed}, "--force": true})
	if remove.Exit != 0 {
		t.Fatalf("messenger:failed:remove: exit %d\n%s", remove.Exit, remove.Output)
	}
	if n, err := p.own.Count(t.Context()); err != nil || n != (transport.Counts{}) {
		t.Errorf("count after retry and remove = %+v, %v", n, err)
	}
}

func consume(t *testing.T, p pair) {
	for _, text := range texts {
		p.send(text)
	}
	got := p.php.command("messenger:consume", map[string]any{"receivers": []string{"failed"}, "--limit": "4"})
	if got.Exit != 0 || !reflect.DeepEqual(got.Handled, texts) {
		t.Fatalf("messenger:consume: exit %d, handled %q\n%s", got.Exit, got.Handled, got.Output)
	}
	if n, err := p.own.Count(t.Context()); err != nil || n != (transport.Counts{}) {
		t.Errorf("count = %+v, %v", n, err)
	}
}
