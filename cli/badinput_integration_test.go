//go:build integration

package cli_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"envelog/internal/redistest"
)

// badInputs are messages that no log record can be read from, with what the error says of each.
func badInputs(good []byte) []struct {
	name, want string
	field      []byte
} {
	open := `{"body":"`
	return []struct {
		name, want string
		field      []byte
	}{
		{"truncated", "decode field at byte 8: 1843 bytes declared, 918 left", good[:len(good)/2]},
		{"corrupt", "decode value at byte 427 (message): key", bytes.Replace(good, []byte(`s:7:`), []byte(`s:9:`), 1)},
		{"not an envelope", "not an envelope: it is an array", []byte(open + `a:0:{}","headers":[]}`)},
		{"not even a message", "decode field at byte 0", []byte("hello")},
		{"unknown class", `has no channel (properties: \"chicken\", \"level\"`, bytes.ReplaceAll(bytes.ReplaceAll(good, []byte("LogMessage"), []byte("OrderPlace")), []byte("channel"), []byte("chicken"))},
		{"missing field", "name the right one with --map channel=PROPERTY", bytes.ReplaceAll(good, []byte("channel"), []byte("chennal"))},
		{"64 MiB of nothing", "67108864 bytes, of at most 16777216: limit exceeded", bytes.Repeat([]byte("x"), 64<<20)},
		{"64 MiB text", "limit", []byte(open + `s:67108864:\"` + strings.Repeat("x", 64<<20) + `\";","headers":[]}`)},
		{"ten thousand levels", "levels", []byte(open + strings.Repeat(`a:1:{i:0;`, 10_000) + "i:1;" + strings.Repeat("}", 10_000) + `","headers":[]}`)},
		{"cut off after a billion elements", "unexpected EOF", []byte(open + `a:1000000000:{`)},
		{"a billion elements", "1000000000", []byte(open + `a:1000000000:{}","headers":[]}`)},
	}
}

// TestBadInputIsKeptAndTheGoodAroundItDelivered puts one good message before and after each bad one.
func TestBadInputIsKeptAndTheGoodAroundItDelivered(t *testing.T) {
	t.Parallel()
	binary, server, dir := buildBinary(t), redistest.Start(t), t.TempDir()
	good := numbered(t)
	bad := badInputs(good(0))
	server.Do("XADD", "messages", "*", "message", good(0))
	ids := make([]string, len(bad))
	for i, b := range bad {
		ids[i] = server.Do("XADD", "messages", "*", "message", b.field).(string)
		server.Do("XADD", "messages", "*", "message", good(i+1))
	}
	w := startWorker(t, binary, dsnOf(server), dir)
	eventually(t, "an empty stream", func() bool { return server.Do("XLEN", "messages") == int64(0) })
	w.end(syscall.SIGTERM)

	wantOnceEach(t, len(bad)+1, numbers(t, dir))
	if n := pending(server); n != int64(0) {
		t.Errorf("%d entries are pending", n)
	}
	said := regexp.MustCompile(`(?m)^.*CRITICAL.*$`).FindAllString(w.stderr.String(), -1)
	if len(said) != len(bad) {
		t.Fatalf("said of %d messages:\n%s", len(bad), &w.stderr)
	}
	kept, _ := filepath.Glob(filepath.Join(dir, ".rejected", "*.message"))
	if len(kept) != len(bad) {
		t.Errorf("%d of %d bad messages are kept", len(kept), len(bad))
	}
	for i, b := range bad {
		t.Run(b.name, func(t *testing.T) {
			content, err := os.ReadFile(filepath.Join(dir, ".rejected", "async-"+ids[i]+".message"))
			want := b.field
			if len(want) > 16<<20 { // it is skipped while it is read, except for its beginning
				want = want[:64<<10]
			}
			if err != nil || !bytes.Equal(content, want) {
				t.Errorf("kept are %d bytes (%v) of %d", len(content), err, len(b.field))
			}
			if !strings.Contains(said[i], b.want) || len(said[i]) > 1000 {
				t.Errorf("said %.1000q, want %q", said[i], b.want)
			}
		})
	}
	peak := w.ProcessState.SysUsage().(*syscall.Rusage).Maxrss // KiB
	if limit := int64(4*64<<10 + 64<<10); peak > limit {
		t.Errorf("peak memory %s, for messages of 64 MiB", fmt.Sprint(peak>>10, " MiB"))
	}
	t.Logf("peak memory %d MiB", peak>>10)
}

// TestWhatIsKeptStaysOnTheStreamWhenItShall has delete_after_reject decide on what goes to .rejected.
func TestWhatIsKeptStaysOnTheStreamWhenItShall(t *testing.T) {
	t.Parallel()
	binary, server := buildBinary(t), redistest.Start(t)
	for option, want := range map[string]int64{"0": 1, "1": 0} {
		server.Do("FLUSHALL")
		server.Do("XADD", "messages", "*", "message", "nonsense")
		out, err := exec.Command(binary, "messenger:consume", "async", "--dsn=async="+dsnOf(server)+"?delete_after_reject="+option,
			"--log-dir="+t.TempDir(), "--max-retries=0", "--limit=1", "--time-limit=300").CombinedOutput()
		if left := server.Do("XLEN", "messages"); err != nil || left != want || pending(server) != int64(0) {
			t.Errorf("delete_after_reject=%s: %v, %v entries, want %d\n%s", option, err, left, want, out)
		}
	}
}
