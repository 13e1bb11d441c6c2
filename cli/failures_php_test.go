//go:build integration || compat

package cli_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"envelog/internal/redistest"
)

// phpSide runs ../internal/failure/testdata/peer.php west of UTC, where whoever takes one zone for the other is found out.
func phpSide(t *testing.T, args ...string) string {
	t.Helper()
	args = append([]string{"-d", "display_errors=stderr", "-d", "date.timezone=America/New_York", "../internal/failure/testdata/peer.php"}, args...)
	var stderr strings.Builder
	cmd := exec.Command("php", args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("php %s: %v\n%s%s", args[5:], err, out, &stderr)
	}
	return string(out)
}

// besideFailures is a transport that PHP and envelog work on, with a failure transport of either kind.
type besideFailures struct {
	t      *testing.T
	server *redistest.Server
	dir    string // of the log files
	async  string // DSN
	failed string // DSN of Redis, or the path of an SQLite file
	env    []string
}

func newBesideFailures(t *testing.T, doctrine bool) besideFailures {
	t.Helper()
	server := redistest.Start(t)
	b := besideFailures{t: t, server: server, dir: t.TempDir()}
	b.async = fmt.Sprintf("redis://%s/messages/symfony/php?delete_after_ack=true", server.Addr)
	b.failed = fmt.Sprintf("redis://%s/failed/symfony/php?delete_after_ack=true", server.Addr)
	dsn := b.failed
	if doctrine {
		b.failed = filepath.Join(t.TempDir(), "data.db")
		dsn = "sqlite:///" + b.failed + "?queue_name=failed&auto_setup=0"
		phpSide(t, "table", b.failed)
	}
	b.env = []string{
		"PATH=/usr/bin:/bin", "COLUMNS=200", "ENVELOG_DSN=async=" + b.async + " failed=" + dsn, "ENVELOG_FAILURE_TRANSPORT=failed",
		"ENVELOG_LOG_DIR=" + b.dir, "ENVELOG_DOCTRINE_TIMEZONE=" + phpSide(t, "zone"),
	}
	return b
}

// envelog runs a command, and returns what it printed.
func (b besideFailures) envelog(args ...string) string {
	b.t.Helper()
	self, err := os.Executable()
	if err != nil {
		b.t.Fatal(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Args[0], cmd.Env, cmd.Dir = "envelog", b.env, b.dir // see TestMain
	out, err := cmd.CombinedOutput()
	if err != nil {
		b.t.Fatalf("envelog %s: %v\n%s", args, err, out)
	}
	return string(out)
}

// wantText checks that all of it stands in what a command printed.
func wantText(t *testing.T, printed string, want ...string) {
	t.Helper()
	for _, text := range want {
		if !strings.Contains(printed, text) {
			t.Errorf("it does not say %q:\n%s", text, printed)
		}
	}
}

// TestEnvelogTakesOverWhatFailsInPHP has it show, retry and remove what PHP's listeners parked, and leaves one to PHP.
func TestEnvelogTakesOverWhatFailsInPHP(t *testing.T) {
	t.Parallel()
	for name, doctrine := range map[string]bool{"Redis": false, "Doctrine": true} {
		t.Run(name, func(t *testing.T) {
			b := newBesideFailures(t, doctrine)
			for range 3 {
				phpSide(t, "send", b.async, "log")
			}
			phpSide(t, "fail", b.async, b.failed, "3")

			shown := b.envelog("messenger:failed:show")
			wantText(t, shown, "There are 3 messages pending", "No such customer.")
			ids := regexp.MustCompile(`(?m)^ +(\d\S*) +App\\Message\\LogMessage +\d{4}-`).FindAllStringSubmatch(shown, -1)
			if len(ids) != 3 {
				t.Fatalf("lists %q:\n%s", ids, shown)
			}
			wantText(t, b.envelog("messenger:stats"), "failed      3       0 ")
			wantText(t, b.envelog("messenger:failed:show", ids[0][1], "-vv"), "RuntimeException", "No such customer.", "async", "Payment was declined")
			b.envelog("messenger:failed:retry", ids[0][1], "--force")
			b.envelog("messenger:failed:remove", ids[1][1], "--force")
			if got := contentOf(t, filepath.Join(b.dir, "billing-2024-01-02.log")); strings.Count(got, "billing.WARNING: Payment was declined order=4711") != 1 {
				t.Errorf("the log says %q", got)
			}

			wantText(t, b.envelog("messenger:failed:show"), "There is 1 message pending", " "+ids[2][1]+" ")
			if doctrine {
				wantText(t, phpSide(t, "retry", b.failed, ids[2][1]), `"class":"App\\Message\\LogMessage"`)
			} else {
				wantText(t, phpSide(t, "handle", b.failed, "", "1"), `"class":"App\\Message\\LogMessage"`, `"error":"No such customer."`)
			}
			wantText(t, b.envelog("messenger:failed:show"), "There are 0 messages pending")
		})
	}
}

// TestPHPTakesOverWhatFailsInEnvelog has Symfony's commands list, show and retry what a worker parked in a table.
func TestPHPTakesOverWhatFailsInEnvelog(t *testing.T) {
	t.Parallel()
	b := newBesideFailures(t, true)
	if err := os.Mkdir(filepath.Join(b.dir, "billing-2024-01-02.log"), 0o700); err != nil {
		t.Fatal(err)
	}
	phpSide(t, "send", b.async, "log")
	phpSide(t, "send", b.async)
	b.server.Do("XADD", "messages", "*", "message", "poison \xff")
	b.envelog("messenger:consume", "async", "--limit=3", "--max-retries=0", "--unknown=fail")
	if left := b.server.Do("XLEN", "messages"); left != int64(0) {
		t.Errorf("%v entries are left", left)
	}
	for _, test := range []struct{ name, class, error, exception string }{
		{"its file cannot be written", `App\Message\LogMessage`, "is not a regular file", "UnexpectedValueException"},
		{"it is no log record", `App\Message\Order`, "has no channel", "UnrecoverableMessageHandlingException"},
		{"it is no message", `MessageDecodingFailedException`, "decode field at byte 0", "MessageDecodingFailedException"},
	} {
		t.Run(test.name, func(t *testing.T) {
			listed := phpSide(t, "show", b.failed)
			row := regexp.MustCompile(`(?m)^ +(\d+) +\S*` + regexp.QuoteMeta(test.class) + ` +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d .*`).FindStringSubmatch(listed)
			if row == nil {
				t.Fatalf("PHP does not list it:\n%s", listed)
			}
			wantText(t, phpSide(t, "show", b.failed, row[1]), test.class, test.error, test.exception, "async")
			wantText(t, phpSide(t, "retry", b.failed, row[1]), "[OK] All done!")
		})
	}
	wantText(t, b.envelog("messenger:failed:show"), "There are 0 messages pending")
}

// TestPHPHandlesWhatIsLeft has a worker give back what is of another class than its own.
func TestPHPHandlesWhatIsLeft(t *testing.T) {
	t.Parallel()
	b := newBesideFailures(t, false)
	phpSide(t, "send", b.async, "log")
	b.envelog("messenger:consume", "async", "--limit=1", `--class=App\Message\Other`, "--unknown=leave")
	wantText(t, phpSide(t, "handle", b.async, "", "1"), `"class":"App\\Message\\LogMessage","same":false,"retries":0`)
	if left := b.server.Do("XLEN", "messages"); left != int64(0) {
		t.Errorf("%v entries are left", left)
	}
}

// TestPHPHandlesARetryOfEnvelog has a worker delay a message whose file cannot be written, and PHP handle it when it is due.
func TestPHPHandlesARetryOfEnvelog(t *testing.T) {
	t.Parallel()
	b := newBesideFailures(t, false)
	if err := os.Mkdir(filepath.Join(b.dir, "billing-2024-01-02.log"), 0o700); err != nil {
		t.Fatal(err)
	}
	phpSide(t, "send", b.async, "log")
	b.envelog("messenger:consume", "async", "--limit=1", "--retry-delay=100")
	wantText(t, phpSide(t, "handle", b.async, "", "1"), `"class":"App\\Message\\LogMessage"`, `"retries":1`, "is not a regular file")
}

// TestEnvelogHandlesARetryOfPHP has PHP's worker delay a message, and envelog write it when it is due.
func TestEnvelogHandlesARetryOfPHP(t *testing.T) {
	t.Parallel()
	b := newBesideFailures(t, false)
	phpSide(t, "send", b.async, "log")
	phpSide(t, "fail", b.async, "", "1")
	b.envelog("messenger:consume", "async", "--limit=1")
	if got := contentOf(t, filepath.Join(b.dir, "billing-2024-01-02.log")); strings.Count(got, "Payment was declined") != 1 {
		t.Errorf("the log says %q", got)
	}
}
