package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"envelog/internal/health"
)

const (
	headerTimeout = 5 * time.Second
	bodyTimeout   = 5 * time.Second // of all of it
	idleTimeout   = time.Minute
	closeWithin   = time.Second // what is being answered when the worker stops
	maxHeader     = 16 << 10
)

// Options say what is served, and to whom.
type Options struct {
	Address     string // host:port, port 0 for any
	Token       string // of everything but the probes; "" for none: metrics are open then
	PageToken   string // of everything but probes and metrics, when Token is ""
	TokenPath   string // the file that has the PageToken, for people who look for it
	MetricsOnly bool   // no page
	Write       bool   // failed messages can be retried and removed, by those who have the token
	Health      func() health.Report
	Metrics     prometheus.Gatherer
	Pages       *Pages // nil for none, as with MetricsOnly
	Log         *slog.Logger
}

// Server serves the pages of one worker.
type Server struct {
	options  Options
	listener net.Listener
	http     *http.Server
	streams  chan struct{} // a place for each client that follows lines
	stopping chan struct{} // closed when Run is about to end
}

// Listen takes the address, and refuses one that others can reach when there is no token to keep them out. It serves
// nothing before Run.
func Listen(o Options) (*Server, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", o.Address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", o.Address, err)
	}
	return newServer(o, listener), nil
}

func newServer(o Options, listener net.Listener) *Server {
	s := &Server{options: o, listener: &crowd{Listener: listener}, streams: make(chan struct{}, mostStreams), stopping: make(chan struct{})}
	s.http = &http.Server{
		Handler:           s.handler(),
		ReadHeaderTimeout: headerTimeout,
		WriteTimeout:      writeWithin,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(o.Log.Handler(), slog.LevelDebug),
	}
	return s
}

// ErrOpen is wrapped by the error for an address that others can reach, without a token.
var ErrOpen = errors.New("everyone who reaches this address could read the logs")

// ErrAnyoneWrites is wrapped by the error for a page that changes something, without a token.
var ErrAnyoneWrites = errors.New("everyone who may read the log files could retry and remove messages")

// ErrNoToken means that a page would ask for nothing.
var ErrNoToken = errors.New("the page needs a token")

func (o *Options) validate() error {
	host, _, err := net.SplitHostPort(o.Address)
	if err != nil {
		return fmt.Errorf("listen on %q: it must be host:port, as 127.0.0.1:9400", o.Address)
	}
	if o.Token == "" && !o.MetricsOnly && !isLoopback(host) {
		return fmt.Errorf("listen on %s: %w", o.Address, ErrOpen)
	}
	if o.Write && o.MetricsOnly {
		return errors.New("listen-write is about a page, and listen-metrics-only serves none: take one of them away")
	}
	if o.Write && o.Token == "" {
		return fmt.Errorf("listen on %s: %w", o.Address, ErrAnyoneWrites)
	}
	if o.Token == "" && o.PageToken == "" && !o.MetricsOnly {
		return fmt.Errorf("listen on %s: %w", o.Address, ErrNoToken)
	}
	return nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Addr is the address that is listened on.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Run serves until ctx ends. What is being answered then has a second. A server that fails is logged: a worker does
// without one.
func (s *Server) Run(ctx context.Context) error {
	stopped := make(chan struct{})
	unhook := context.AfterFunc(ctx, func() { s.stop(); close(stopped) })
	err := s.http.Serve(s.listener)
	if !unhook() {
		<-stopped
	}
	if !errors.Is(err, http.ErrServerClosed) {
		s.options.Log.Error(fmt.Sprintf("Metrics and pages are no longer served on %s; the worker goes on: %v", s.Addr(), err))
	}
	return nil
}

func (s *Server) stop() {
	close(s.stopping)
	ctx, cancel := context.WithTimeout(context.Background(), closeWithin)
	defer cancel()
	if s.http.Shutdown(ctx) != nil {
		_ = s.http.Close()
	}
}

// Close gives the address back, when Run was not called.
func (s *Server) Close() error { return s.listener.Close() }

func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", s.probe(func(r health.Report) bool { return r.Live }))
	mux.HandleFunc("GET /readyz", s.probe(func(r health.Report) bool { return r.Ready }))
	mux.Handle("GET /metrics", s.guardedMetrics(promhttp.HandlerFor(s.options.Metrics, promhttp.HandlerOpts{
		EnableOpenMetrics: true, MaxRequestsInFlight: 4,
	})))
	if s.options.Pages != nil && !s.options.MetricsOnly {
		s.addPages(mux)
	}
	return headers(hurried(mux))
}

// probe answers 200 when the report is as wanted, else 503, with the report.
func (s *Server) probe(isGood func(health.Report) bool) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		r, status := s.options.Health(), http.StatusOK
		if !isGood(r) {
			status = http.StatusServiceUnavailable
		}
		answer(w, status, r)
	}
}

// hurried bounds the time for a body, also for one that nobody reads: the server reads the rest of it itself.
func hurried(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength != 0 {
			if err := http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyTimeout)); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// headers keeps browsers from guessing, framing, caching and telling others.
func headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		next.ServeHTTP(w, r)
	})
}
