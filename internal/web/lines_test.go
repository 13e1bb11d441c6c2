package web

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"envelog/internal/overview"
)

// pages are those of a log directory.
func pages(dir string) *Pages {
	return &Pages{LogDir: dir, Overview: func(context.Context) overview.Snapshot { return overview.Snapshot{} }}
}

// follow opens a stream of lines, which ends with the test.
func follow(t *testing.T, url string) (status int, events *bufio.Scanner) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	withToken(r)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { answer.Body.Close() })
	return answer.StatusCode, bufio.NewScanner(answer.Body)
}

// next returns the texts of the next event.
func next(t *testing.T, events *bufio.Scanner) (texts []string) {
	t.Helper()
	for events.Scan() {
		if data, ok := strings.CutPrefix(events.Text(), "data: "); ok {
			var e event
			if err := json.Unmarshal([]byte(data), &e); err != nil {
				t.Fatal(err)
			}
			for _, l := range e.Lines {
				texts = append(texts, l.Text)
			}
			return texts
		}
	}
	t.Fatalf("the stream ended: %v", events.Err())
	return nil
}

func TestLinesAreSentAsTheyAreWritten(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "app-2026-11-30.log")
	write := func(text string) {
		t.Helper()
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.WriteString(text + "\n"); err != nil {
			t.Fatal(err)
		}
	}
	write("[2026-11-30T10:00:01+00:00] app.INFO: one")
	url := serve(t, func(o *Options) { o.Pages = pages(dir) })
	_, all := follow(t, url+"/lines")
	_, severe := follow(t, url+"/lines?level=error&channel=app")
	if got := next(t, all); len(got) != 1 || !strings.HasSuffix(got[0], "one") {
		t.Errorf("the first event has %q", got)
	}
	if got := next(t, severe); len(got) != 0 {
		t.Errorf("the first event of errors has %q", got)
	}
	write("[2026-11-30T10:00:02+00:00] app.ERROR: two \xff" + strings.Repeat("x", 2*streamBytes))
	for _, events := range []*bufio.Scanner{all, severe} {
		got := next(t, events)
		if len(got) != 1 || !strings.Contains(got[0], "two \uFFFD") || len(got[0]) > streamBytes+10 {
			t.Errorf("the second event has %d lines: %.80q", len(got), got)
		}
	}
}

func TestStreamsAreBounded(t *testing.T) {
	url := serve(t, func(o *Options) { o.Pages = pages(t.TempDir()) })
	for range mostStreams {
		if status, events := follow(t, url+"/lines"); status != http.StatusOK || len(next(t, events)) != 0 {
			t.Errorf("a stream is %d", status)
		}
	}
	if status, _ := get(t, url+"/lines", withToken); status != http.StatusServiceUnavailable {
		t.Errorf("one too many is %d", status)
	}
	if status, _ := get(t, url+"/lines?level=loud", withToken); status != http.StatusBadRequest {
		t.Errorf("a level that is none is %d", status)
	}
}

func TestPagesAskForTheToken(t *testing.T) {
	url := serve(t, func(o *Options) { o.Pages, o.Token = pages(t.TempDir()), "secret" })
	for _, path := range []string{"/", "/page.js", "/page.css", "/overview.json", "/failed.json", "/lines", "/metrics"} {
		if status, _ := get(t, url+path, plain); status != http.StatusUnauthorized {
			t.Errorf("%s without the token is %d", path, status)
		}
	}
	if status, _ := get(t, url+"/", func(r *http.Request) { r.SetBasicAuth("ada", "secret") }); status != http.StatusOK {
		t.Errorf("the page with the token is %d", status)
	}
}

// TestALoopbackAddressShowsNoRecordsToEverybody asks as another user of the machine would.
func TestALoopbackAddressShowsNoRecordsToEverybody(t *testing.T) {
	url := serve(t, func(o *Options) { o.Pages = pages(t.TempDir()) })
	for _, path := range []string{"/", "/page.js", "/page.css", "/overview.json", "/failed.json", "/lines"} {
		if status, body := get(t, url+path, plain); status != http.StatusUnauthorized || !strings.Contains(body, "/where/it/is") || strings.Contains(body, pageToken) {
			t.Errorf("%s without the token is %d: %s", path, status, body)
		}
		if status, _ := get(t, url+path, func(r *http.Request) { r.SetBasicAuth("ada", "") }); status != http.StatusUnauthorized {
			t.Errorf("%s with an empty password is %d", path, status)
		}
	}
	for _, path := range []string{"/livez", "/readyz", "/metrics"} {
		if status, _ := get(t, url+path, plain); status != http.StatusOK {
			t.Errorf("%s without a token is %d", path, status)
		}
	}
	if status, _ := get(t, url+"/", withToken); status != http.StatusOK {
		t.Errorf("the page with the token is %d", status)
	}
}

// TestOtherSitesUseNothing has the page of another site ask for something in a browser that knows the token.
func TestOtherSitesUseNothing(t *testing.T) {
	url := serve(t, func(o *Options) { o.Pages = pages(t.TempDir()) })
	for _, test := range []struct {
		path, site, mode string
		want             int
	}{
		{"/lines", "cross-site", "no-cors", http.StatusForbidden},
		{"/lines", "cross-site", "cors", http.StatusForbidden},
		{"/overview.json", "same-site", "no-cors", http.StatusForbidden},
		{"/overview.json", "same-origin", "cors", http.StatusOK},
		{"/", "cross-site", "navigate", http.StatusOK},
		{"/", "none", "navigate", http.StatusOK},
	} {
		status, _ := get(t, url+test.path, func(r *http.Request) {
			withToken(r)
			r.Header.Set("Sec-Fetch-Site", test.site)
			r.Header.Set("Sec-Fetch-Mode", test.mode)
		})
		if status != test.want {
			t.Errorf("%s asked for by %s, %s, is %d, want %d", test.path, test.site, test.mode, status, test.want)
		}
	}
}

func TestNoRouteChangesAnything(t *testing.T) {
	url := serve(t, func(o *Options) { o.Pages = pages(t.TempDir()) })
	for _, path := range []string{"/", "/overview.json", "/failed.json", "/lines", "/metrics", "/livez"} {
		for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete} {
			if status, _ := get(t, url+path, func(r *http.Request) { r.Method = method }); status != http.StatusMethodNotAllowed {
				t.Errorf("%s %s is %d", method, path, status)
			}
		}
	}
}

func TestMetricsOnlyHasNoPages(t *testing.T) {
	url := serve(t, func(o *Options) { o.Pages, o.MetricsOnly = pages(t.TempDir()), true })
	for _, path := range []string{"/", "/lines", "/overview.json"} {
		if status, _ := get(t, url+path, plain); status != http.StatusNotFound {
			t.Errorf("%s is %d", path, status)
		}
	}
}
