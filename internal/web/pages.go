package web

import (
	"context"
	"embed"
	"encoding/json"
	"html/template"
	"net/http"
	"time"

	"envelog/internal/build"
	"envelog/internal/overview"
)

//go:embed assets
var assets embed.FS

// Pages is what pages show. Its funcs may be called by several goroutines, and end when their context does.
type Pages struct {
	LogDir   string // whose lines are shown
	Overview func(context.Context) overview.Snapshot
	// Failed lists the newest messages on the failure transports, so many at most, each clipped; nil where there is no failure
	// transport.
	Failed func(ctx context.Context, most int) ([]Failed, error)
	// Retry writes the line of a failed message and removes it, Remove only removes it. A transport or an id that is not
	// there wraps [transport.ErrNotFound]. Both are nil where there is no failure transport.
	Retry, Remove func(ctx context.Context, transport, id string) error
}

// Failed is a message on a failure transport.
type Failed struct {
	Transport string    `json:"transport"` // the failure transport
	ID        string    `json:"id"`
	Class     string    `json:"class"`
	FailedOn  string    `json:"failed_on"`
	FailedAt  time.Time `json:"failed_at"`
	Retries   int       `json:"retries"`
	Error     string    `json:"error"`
	Record    string    `json:"record"` // as the line that it would become; "" when it cannot be decoded
}

// Clip shortens all texts, as those of lines are, and makes them UTF-8: a message may have many MiB.
func (f *Failed) Clip() {
	for _, text := range []*string{&f.Transport, &f.ID, &f.Class, &f.FailedOn, &f.Error, &f.Record} {
		*text = clip(*text)
	}
}

const (
	mostFailed = 50
	pageWithin = 5 * time.Second
)

// addPages adds the routes of pages to those of the server.
func (s *Server) addPages(mux *http.ServeMux) {
	page := template.Must(template.ParseFS(assets, "assets/page.html"))
	mux.Handle("GET /{$}", s.guarded(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), pageWithin)
		defer cancel()
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_ = page.Execute(w, struct { // to a client that may be gone
			overview.Snapshot
			Health  any
			Version string
		}{s.options.Pages.Overview(ctx), s.options.Health(), build.Read().Version})
	})))
	for path, kind := range map[string]string{"/page.css": "text/css; charset=utf-8", "/page.js": "text/javascript; charset=utf-8"} {
		content, _ := assets.ReadFile("assets" + path) // they are embedded
		mux.Handle("GET "+path, s.guarded(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			_, _ = w.Write(content)
		})))
	}
	mux.Handle("GET /overview.json", s.guarded(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), pageWithin)
		defer cancel()
		answer(w, http.StatusOK, struct {
			overview.Snapshot
			Health any `json:"health"`
		}{s.options.Pages.Overview(ctx), s.options.Health()})
	})))
	mux.Handle("GET /failed.json", s.guarded(http.HandlerFunc(s.listFailed)))
	if s.options.Write && s.options.Pages.Retry != nil {
		mux.Handle("POST /failed/retry", s.guarded(s.changing(s.options.Pages.Retry)))
		mux.Handle("POST /failed/remove", s.guarded(s.changing(s.options.Pages.Remove)))
	}
	mux.Handle("GET /lines", s.guarded(http.HandlerFunc(s.streamLines)))
}

func (s *Server) listFailed(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), pageWithin)
	defer cancel()
	list, err := []Failed(nil), error(nil)
	if s.options.Pages.Failed != nil {
		list, err = s.options.Pages.Failed(ctx, mostFailed)
	}
	if list == nil {
		list = []Failed{} // [] on the page, not null
	}
	problem := ""
	if err != nil {
		problem = err.Error()
	}
	answer(w, http.StatusOK, map[string]any{"failed": list, "problem": problem, "writable": s.options.Write && s.options.Pages.Retry != nil})
}

// answer writes JSON to a client that may be gone.
func answer(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value)
}
