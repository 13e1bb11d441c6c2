//go:build integration

package web

import (
	"context"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	cdpruntime "github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"envelog/internal/health"
	"envelog/internal/overview"
)

var screenshots = flag.String("screenshots", "", "directory into which the pages are drawn, as docs/images")

// hostile are texts that try to become markup, script, or more than one event.
func hostile() []string {
	return []string{
		`<script>document.title="owned"</script>`,
		`<img src=x onerror="document.title='owned'">`,
		`"><svg onload=alert(1)>`,
		`</script><script>document.title='owned'</script>`,
		`javascript:document.title='owned'`,
		"data: {\"lines\":[]}\\n\\ndata: x",
		`{{.Health}} {{template "x"}} ${document.title="owned"}`,
		"\u202egnihtyna \u2028 \u2029 \x1b[2J \x00",
		`&lt;b&gt; &amp; <b>bold</b>`,
	}
}

// hostilePages has hostile text wherever a log or a queue has text.
func hostilePages(dir string) *Pages {
	all := strings.Join(hostile(), " ")
	return &Pages{
		LogDir: dir,
		Overview: func(context.Context) overview.Snapshot {
			return overview.Snapshot{
				Transports: []overview.Transport{{Name: all, Problem: all, Consumers: []overview.Consumer{{Name: all, State: all}}}},
				Files:      []overview.File{{Name: all, Channel: all}},
				Problem:    all,
			}
		},
		Failed: func(context.Context, int) ([]Failed, error) {
			return []Failed{{Transport: all, ID: all, Class: all, FailedOn: all, Error: all, Record: all}}, nil
		},
	}
}

// logLines writes lines into a log file.
func logLines(t *testing.T, dir string, texts ...string) {
	t.Helper()
	var b strings.Builder
	for _, text := range texts {
		b.WriteString("[2026-11-30T10:00:01+00:00] app." + text + "\n")
	}
	if err := os.WriteFile(filepath.Join(dir, "app-2026-11-30.log"), []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

// patience is how long a test waits for a browser, which takes a second or two on a machine that has time.
const patience = 3 * time.Minute

// browse starts a browser.
func browse(t *testing.T) context.Context {
	t.Helper()
	allocator, stop := chromedp.NewExecAllocator(t.Context(), chromedp.Headless, chromedp.NoSandbox, chromedp.WSURLReadTimeout(patience)) // the tests run as root
	t.Cleanup(stop)
	ctx, end := chromedp.NewContext(allocator)
	t.Cleanup(end)
	return ctx
}

// evaluate returns the value of an expression on the page.
func evaluate[T any](t *testing.T, ctx context.Context, expression string) T {
	t.Helper()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return value
}

// as returns the address with the password that a user would type.
func as(password, url string) string {
	return strings.Replace(url, "http://", "http://operator:"+password+"@", 1)
}

func do(t *testing.T, ctx context.Context, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

// wait polls until an expression is true.
func wait(expression string) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, target *chromedp.Target) (none chromedp.Void, err error) {
		_, err = chromedp.Poll[bool](expression, chromedp.WithPollingTimeout(patience))(ctx, target)
		return none, err
	}
}

func TestHostileRecordsStayText(t *testing.T) {
	dir := t.TempDir()
	logLines(t, dir, "ERROR: "+strings.Join(hostile(), " "), "INFO: the last line")
	url := serve(t, func(o *Options) {
		o.Pages = hostilePages(dir)
		o.Health = func() health.Report {
			return health.Report{Live: true, State: hostile()[0], Reason: hostile()[1], Consumer: hostile()[3], Version: "x"}
		}
	})
	ctx := browse(t)
	do(t, ctx, chromedp.Navigate("about:blank"))
	var dialogs, complaints atomic.Int32
	err := chromedp.Listen(ctx, func(e any) {
		switch e := e.(type) {
		case *page.EventJavascriptDialogOpening:
			dialogs.Add(1)
		case *cdpruntime.EventExceptionThrown:
			complaints.Add(1)
			t.Logf("exception: %v", e.ExceptionDetails)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	do(t, ctx, chromedp.Navigate(as(pageToken, url)), chromedp.WaitReady("#lines li:nth-child(2)"), chromedp.WaitReady("#failed article pre"),
		chromedp.WaitReady("#transports svg"))
	title := evaluate[string](t, ctx, "document.title")
	lines := evaluate[string](t, ctx, `document.querySelector("#lines").textContent`)
	failed := evaluate[string](t, ctx, `document.querySelector("#failed pre").textContent`)
	transports := evaluate[string](t, ctx, `document.querySelector("#transports h3").textContent`)
	elements := evaluate[int](t, ctx, `document.querySelectorAll("img, b, iframe, object, script:not([src]), svg:not([role]), [onerror], [onload]").length`)
	if title != "envelog" || elements != 0 || dialogs.Load() != 0 || complaints.Load() != 0 {
		t.Errorf("title %q, %d elements from texts, %d dialogs, %d exceptions", title, elements, dialogs.Load(), complaints.Load())
	}
	for _, text := range hostile()[:5] {
		for where, shown := range map[string]string{"lines": lines, "failed": failed, "transports": transports} {
			if !strings.Contains(shown, text) {
				t.Errorf("%s do not show %q:\n%s", where, text, shown)
			}
		}
	}
}

func TestNothingButTheServersOwnScriptRuns(t *testing.T) {
	url := serve(t, func(o *Options) { o.Pages = hostilePages(t.TempDir()) })
	ctx := browse(t)
	do(t, ctx, chromedp.Navigate(as(pageToken, url)), chromedp.Evaluate[chromedp.Void](`(() => {
		const s = document.createElement("script"); s.textContent = "document.title = 'owned'"; document.body.append(s);
		const d = document.createElement("div"); d.innerHTML = "<img src=x onerror=\"document.title='owned'\">"; document.body.append(d);
	})()`), wait(`document.images.length === 1 && document.images[0].complete`))
	title := evaluate[string](t, ctx, "document.title")
	if title != "envelog" {
		t.Errorf("the policy let a script run: the title is %q", title)
	}
}

func TestTheFilterChoosesLines(t *testing.T) {
	dir := t.TempDir()
	logLines(t, dir, "INFO: one", "ERROR: two", "ERROR: three")
	url := serve(t, func(o *Options) { o.Pages = hostilePages(dir) })
	ctx := browse(t)
	do(t, ctx, chromedp.Navigate(as(pageToken, url)), chromedp.WaitReady("#lines li:nth-child(3)"), chromedp.Evaluate[chromedp.Void](`(() => {
		const f = document.querySelector("#filter");
		f.elements.level.value = "error"; f.elements.q.value = "TWO";
		f.dispatchEvent(new Event("change"));
	})()`), wait(`document.querySelectorAll("#lines li").length === 1`))
	if lines := evaluate[string](t, ctx, `document.querySelector("#lines").textContent`); !strings.Contains(lines, "app.ERROR: two") {
		t.Errorf("%q", lines)
	}
}

func TestFailedMessagesAreRetriedAndRemovedOnThePage(t *testing.T) {
	done := new(changes)
	url := serve(t, func(o *Options) { o.Token, o.Write, o.Pages = "secret", true, done.pages(t.TempDir()) })
	ctx := browse(t)
	do(t, ctx, chromedp.Navigate(as("secret", url)), chromedp.WaitReady("#failed article:nth-child(2) button"),
		chromedp.Evaluate[chromedp.Void](`document.querySelector("#failed article:nth-child(1) button:nth-child(1)").click()`),
		wait(`document.querySelectorAll("#failed article").length === 1`))
	if want := []string{"retry failed 1-0"}; !slices.Equal(done.all(), want) {
		t.Fatalf("done was %q, want %q", done.all(), want)
	}
	do(t, ctx, chromedp.Evaluate[chromedp.Void](`document.querySelector("#failed button:nth-child(2)").click()`),
		wait(`document.querySelector("#failed button:nth-child(2)").textContent === "Remove for good?"`))
	if len(done.all()) != 1 {
		t.Errorf("one click removed: %q", done.all())
	}
	do(t, ctx, chromedp.Evaluate[chromedp.Void](`document.querySelector("#failed button:nth-child(2)").click()`),
		wait(`document.querySelectorAll("#failed article").length === 0`))
	if want := []string{"retry failed 1-0", "remove failed 2-0"}; !slices.Equal(done.all(), want) {
		t.Errorf("done was %q, want %q", done.all(), want)
	}
}

// TestAnotherSiteChangesNothing has a browser that knows the token load a page of another origin which posts to this one.
func TestAnotherSiteChangesNothing(t *testing.T) {
	done := new(changes)
	url := serve(t, func(o *Options) { o.Token, o.Write, o.Pages = "secret", true, done.pages(t.TempDir()) })
	other := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(other.Close)
	ctx := browse(t)
	do(t, ctx, chromedp.Navigate(as("secret", url)), chromedp.WaitReady("#failed article"), chromedp.Navigate(other.URL),
		chromedp.Evaluate[chromedp.Void](`(() => {
			const f = document.createElement("form");
			f.method = "POST"; f.enctype = "text/plain"; f.action = "`+url+`/failed/remove";
			const i = document.createElement("input");
			i.name = '{"transport":"failed","id":"1-0","x":"'; i.value = '"}';
			f.append(i); document.body.append(f); window.sent = false;
			fetch("`+url+`/failed/remove", { method: "POST", mode: "no-cors", credentials: "include", body: '{"transport":"failed","id":"1-0"}' })
				.catch(() => 0).then(() => { window.sent = true; });
		})()`), wait(`window.sent`))
	do(t, ctx, chromedp.Evaluate[chromedp.Void](`document.querySelector("form").submit()`),
		chromedp.WaitReady("pre")) // the answer, as text
	if answer := evaluate[string](t, ctx, `document.body.textContent`); !strings.Contains(answer, "cross-origin request") {
		t.Errorf("the answer to another site's form is %q", answer)
	}
	if len(done.all()) > 0 {
		t.Errorf("another site did %q", done.all())
	}
}

// TestScreenshots draws the page as an operator sees it, in light and dark and on a phone, and checks that it does not
// run over the side.
func TestScreenshots(t *testing.T) {
	dir, drawn := t.TempDir(), *screenshots
	if drawn == "" {
		drawn = t.TempDir()
	}
	if err := os.MkdirAll(drawn, 0o755); err != nil {
		t.Fatal(err)
	}
	logLines(t, dir, typicalLines()...)
	url := serve(t, func(o *Options) {
		o.Pages = typicalPages(dir)
		o.Health = func() health.Report {
			return health.Report{Live: true, Ready: true, State: health.Working, Consumer: "web-1", Version: "v1.2.0"}
		}
	})
	ctx := browse(t)
	for _, look := range []struct {
		name, scheme  string
		width, height int64
	}{{"page-light", "light", 1280, 1000}, {"page-dark", "dark", 1280, 1000}, {"page-phone", "light", 390, 844}} {
		do(t, ctx, chromedp.EmulateViewport(look.width, look.height), prefers(look.scheme), chromedp.Navigate(as(pageToken, url)),
			chromedp.WaitReady("#lines li:nth-child(6)"), chromedp.WaitReady("#failed article"),
			wait(`document.querySelector("#transports polyline")?.getAttribute("points").split(" ").length >= 5`))
		overflows := evaluate[bool](t, ctx, `[document.documentElement, ...document.querySelectorAll(".wide")].some(e => e.scrollWidth > e.clientWidth)`)
		picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
		if err != nil {
			t.Fatal(err)
		}
		if overflows {
			t.Errorf("%s runs over the side", look.name)
		}
		if err := os.WriteFile(filepath.Join(drawn, look.name+".png"), picture, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// prefers is a browser whose user likes it light or dark.
func prefers(scheme string) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, target *chromedp.Target) (none chromedp.Void, err error) {
		_, err = cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
		return none, err
	}
}

func typicalLines() []string {
	return []string{
		`INFO: Matched route "order_show". route=order_show status=200 duration_ms=31.42`,
		`INFO: User logged in user=ada@example.org ip=192.0.2.17`,
		`DEBUG: Notified event kernel.request listener=RouterListener`,
		`WARNING: Stock is low sku=A-1 left=3 warehouse="Lyon 2"`,
		`ERROR: Payment refused order=4711 provider=acme code=51`,
		`INFO: Order placed order=4712 total=59.90`,
		`CRITICAL: Uncaught exception exception="[object] (RuntimeException(code: 42): Out of stock at /app/src/Stock.php:22)"`,
	}
}

func typicalPages(dir string) *Pages {
	at := time.Date(2026, 11, 30, 10, 0, 0, 0, time.UTC)
	var looks atomic.Int32
	return &Pages{
		LogDir: dir,
		Overview: func(context.Context) overview.Snapshot {
			reading := []float64{3100, 4200, 5388, 4950, 5100}[looks.Add(1)%5]
			return overview.Snapshot{
				Transports: []overview.Transport{{
					Name: "async_logging", Waiting: 1240, Pending: 1000, Delayed: 2, Failed: 1, Oldest: 0.8, Arriving: 5210, Reading: reading,
					Consumers: []overview.Consumer{
						{Name: "web-1", State: overview.Alive, Pending: 1000, Idle: 0.1}, {Name: "web-2", State: overview.Alive, Idle: 0.4},
						{Name: "php-worker-7", State: overview.PHP, Pending: 1, Idle: 42},
					},
				}},
				Files: []overview.File{
					{Name: "app-2026-11-30.log", Bytes: 48 << 20, Lines: 3180, Growth: 512 << 10},
					{Name: "security-2026-11-30.log", Bytes: 3 << 20, Lines: 210, Growth: 31 << 10},
				},
			}
		},
		Failed: func(context.Context, int) ([]Failed, error) {
			return []Failed{{
				Transport: "failed", ID: "1796009633703-0", Class: `App\Message\LogMessage`, FailedOn: "async_logging", FailedAt: at, Retries: 3,
				Error: "open var/log/audit-2026-11-30.log: permission denied", Record: "[2026-11-30T09:59:58+00:00] audit.NOTICE: Role changed user=ada role=ADMIN",
			}}, nil
		},
	}
}
