package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"envelog/internal/overview"
	"envelog/transport"
)

// changes records what was done to messages.
type changes struct {
	mu   sync.Mutex
	done []string
}

func (c *changes) do(what string) func(context.Context, string, string) error {
	return func(_ context.Context, name, id string) error {
		switch id {
		case "gone":
			return fmt.Errorf("failure transport %q: %w", name, transport.ErrNotFound)
		case "refused":
			return errors.New("open app.log: permission denied")
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.done = append(c.done, what+" "+name+" "+id)
		return nil
	}
}

func (c *changes) all() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.done)
}

// pages are writable ones with two failed messages, of which those that were changed are gone.
func (c *changes) pages(dir string) *Pages {
	return &Pages{
		LogDir:   dir,
		Overview: func(context.Context) overview.Snapshot { return overview.Snapshot{} },
		Failed: func(context.Context, int) (list []Failed, err error) {
			for _, id := range []string{"1-0", "2-0"} {
				if !slices.ContainsFunc(c.all(), func(done string) bool { return strings.HasSuffix(done, " failed "+id) }) {
					list = append(list, Failed{Transport: "failed", ID: id, Class: "App\\Message\\LogMessage", FailedOn: "async"})
				}
			}
			return list, nil
		},
		Retry: c.do("retry"), Remove: c.do("remove"),
	}
}

func TestOnlyThisPageAndProgramsChangeMessages(t *testing.T) {
	const good = `{"transport":"failed","id":"1-0"}`
	var said bytes.Buffer
	done := new(changes)
	url := serve(t, func(o *Options) {
		o.Token, o.Write, o.Pages = "secret", true, done.pages(t.TempDir())
		o.Log = slog.New(slog.NewTextHandler(&said, nil))
	})
	with := func(header, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(header, value) }
	}
	for _, test := range []struct {
		name, path, body string
		change           func(*http.Request)
		want             int
	}{
		{"a program", "/failed/retry", good, plain, 200},
		{"this page", "/failed/remove", good, with("Sec-Fetch-Site", "same-origin"), 200},
		{"no token", "/failed/retry", good, func(r *http.Request) { r.Header.Del("Authorization") }, 401},
		{"another site", "/failed/retry", good, with("Sec-Fetch-Site", "cross-site"), 403},
		{"another port", "/failed/retry", good, with("Sec-Fetch-Site", "same-site"), 403},
		{"another site's old browser", "/failed/retry", good, with("Origin", "https://evil.example"), 403},
		{"a sandboxed frame", "/failed/retry", good, with("Origin", "null"), 403},
		{"a form", "/failed/retry", good, with("Content-Type", "text/plain"), 400},
		{"no JSON", "/failed/retry", "{", plain, 400},
		{"no id", "/failed/retry", `{"transport":"failed"}`, plain, 400},
		{"too long", "/failed/retry", `{"transport":"` + strings.Repeat("x", mostChange) + `"}`, plain, 400},
		{"gone", "/failed/retry", `{"transport":"failed","id":"gone"}`, plain, 404},
		{"refused", "/failed/retry", `{"transport":"failed","id":"refused"}`, plain, 409},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := len(done.all())
			status, body := post(t, url+test.path, test.body, test.change)
			if status != test.want {
				t.Errorf("it is %d %s, want %d", status, body, test.want)
			}
			if changed := len(done.all()) > before; changed != (test.want == 200) {
				t.Errorf("changed is %t, after %d", changed, status)
			}
		})
	}
	if want := []string{"retry failed 1-0", "remove failed 1-0"}; !slices.Equal(done.all(), want) {
		t.Errorf("done was %q, want %q", done.all(), want)
	}
	if n := strings.Count(said.String(), "message_id=1-0"); n != 2 {
		t.Errorf("%d of 2 changes were logged:\n%s", n, &said)
	}
}

// post sends JSON with the token, and returns status and body.
func post(t *testing.T, url, body string, change func(*http.Request)) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer secret")
	change(r)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

func TestNothingIsChangedUnlessAskedFor(t *testing.T) {
	done := new(changes)
	url := serve(t, func(o *Options) { o.Token, o.Pages = "secret", done.pages(t.TempDir()) })
	if status, body := post(t, url+"/failed/retry", `{"transport":"failed","id":"1-0"}`, plain); status != 404 && status != 405 || len(done.all()) > 0 {
		t.Errorf("without consent it is %d %s, done %q", status, body, done.all())
	}
	_, body := get(t, url+"/failed.json", func(r *http.Request) { r.Header.Set("Authorization", "Bearer secret") })
	if !strings.Contains(body, `"writable":false`) {
		t.Errorf("the page would show buttons: %s", body)
	}
}
