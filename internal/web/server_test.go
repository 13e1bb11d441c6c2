package web

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"envelog/internal/health"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve runs a server until the test ends, and returns where.
func serve(t *testing.T, change func(*Options)) string {
	t.Helper()
	registry := prometheus.NewRegistry()
	registry.MustRegister(prometheus.NewCounter(prometheus.CounterOpts{Name: "envelog_example_total", Help: "An example."}))
	o := Options{
		Address: "127.0.0.1:0", PageToken: pageToken, TokenPath: "/where/it/is",
		Health:  func() health.Report { return health.Report{Live: true, Ready: true, State: health.Idle} },
		Metrics: registry,
		Log:     slog.New(slog.DiscardHandler),
	}
	change(&o)
	s, err := Listen(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		http.DefaultClient.CloseIdleConnections()
	})
	return "http://" + s.Addr()
}

// get returns status and body.
func get(t *testing.T, url string, change func(*http.Request)) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	change(r)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(body)
}

func plain(*http.Request) {}

// pageToken is what the pages of serve ask for.
const pageToken = "the-page"

func withToken(r *http.Request) { r.SetBasicAuth("ada", pageToken) }

func TestProbesTellHowTheWorkerIs(t *testing.T) {
	report := health.Report{Live: true, Ready: true, State: health.Idle, Consumer: "web-1"}
	url := serve(t, func(o *Options) {
		o.Health = func() health.Report { return report }
		o.Token = "secret" // probes need none
	})
	for _, test := range []struct {
		name          string
		report        health.Report
		livez, readyz int
	}{
		{"well", health.Report{Live: true, Ready: true, State: health.Idle}, 200, 200},
		{"Redis is away", health.Report{Live: true, State: health.Redis, Reason: health.Redis}, 200, 503},
		{"stuck", health.Report{State: health.Working, Reason: "the loop has not turned for 1m"}, 503, 503},
	} {
		t.Run(test.name, func(t *testing.T) {
			report = test.report
			for path, want := range map[string]int{"/livez": test.livez, "/readyz": test.readyz} {
				status, body := get(t, url+path, plain)
				var got health.Report
				if err := json.Unmarshal([]byte(body), &got); err != nil || got != report || status != want {
					t.Errorf("%s is %d %s, %v, want %d", path, status, body, err, want)
				}
			}
		})
	}
}

func TestMetricsAreServed(t *testing.T) {
	url := serve(t, func(*Options) {})
	if status, body := get(t, url+"/metrics", plain); status != 200 || !strings.Contains(body, "envelog_example_total 0") {
		t.Errorf("/metrics is %d:\n%s", status, body)
	}
}

func TestTheTokenIsNeeded(t *testing.T) {
	url := serve(t, func(o *Options) { o.Token = "secret" })
	for _, test := range []struct {
		name   string
		change func(*http.Request)
		want   int
	}{
		{"nothing", plain, 401},
		{"bearer", func(r *http.Request) { r.Header.Set("Authorization", "Bearer secret") }, 200},
		{"another bearer", func(r *http.Request) { r.Header.Set("Authorization", "Bearer secre") }, 401},
		{"password", func(r *http.Request) { r.SetBasicAuth("anyone", "secret") }, 200},
		{"user", func(r *http.Request) { r.SetBasicAuth("secret", "") }, 401},
	} {
		t.Run(test.name, func(t *testing.T) {
			if status, body := get(t, url+"/metrics", test.change); status != test.want || strings.Contains(body, "secret") {
				t.Errorf("it is %d %s, want %d", status, body, test.want)
			}
		})
	}
}

func TestANameThatPointsToLoopbackIsRefused(t *testing.T) {
	url := serve(t, func(*Options) {})
	for host, want := range map[string]int{"evil.example": 421, "localhost:9400": 200, "127.0.0.1": 200, "[::1]:9400": 200, "127.0.0.1.evil.example": 421} {
		if status, _ := get(t, url+"/metrics", func(r *http.Request) { r.Host = host }); status != want {
			t.Errorf("Host %s is %d, want %d", host, status, want)
		}
	}
}

func TestAnOpenAddressNeedsAToken(t *testing.T) {
	for address, wants := range map[string]bool{"0.0.0.0:0": true, ":0": true, "127.0.0.1:0": false, "localhost:0": false, "[::1]:0": false} {
		o := Options{Address: address, PageToken: pageToken, Log: slog.New(slog.DiscardHandler)}
		if err := o.validate(); errors.Is(err, ErrOpen) != wants {
			t.Errorf("%s without a token: %v", address, err)
		}
		o.Token = "secret"
		if err := o.validate(); err != nil {
			t.Errorf("%s with a token: %v", address, err)
		}
		o.Token, o.MetricsOnly = "", true
		if err := o.validate(); err != nil {
			t.Errorf("%s for metrics alone: %v", address, err)
		}
	}
	o := Options{Address: "127.0.0.1:0"}
	if err := o.validate(); !errors.Is(err, ErrNoToken) {
		t.Errorf("a page that asks for nothing: %v", err)
	}
	o.PageToken, o.Write = pageToken, true
	if err := o.validate(); !errors.Is(err, ErrAnyoneWrites) {
		t.Errorf("a page that changes messages, without a token: %v", err)
	}
	o.Token, o.MetricsOnly = "secret", true
	if err := o.validate(); err == nil || !strings.Contains(err.Error(), "listen-write") {
		t.Errorf("listen-write without a page: %v", err)
	}
	if _, err := Listen(Options{Address: "9400"}); err == nil || !strings.Contains(err.Error(), "host:port") {
		t.Errorf("an address without a host: %v", err)
	}
}
