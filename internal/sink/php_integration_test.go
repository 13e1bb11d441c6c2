//go:build integration

package sink

import (
	"envelog/internal/filetest"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// phpWriter appends what Monolog's StreamHandler appends, as it does: fopen with mode a, and one fwrite for a line, in a
// lock when useLocking is on.
const phpWriter = `
[, $path, $process, $lines, $locking] = $argv;
$stream = fopen($path, 'a');
for ($n = 0; $n < $lines; $n++) {
    $length = $n * 7919 % 700;
    $line = sprintf("%d %d %d %s.\n", $process, $n, $length, str_repeat('x', $length));
    if ($locking) {
        flock($stream, LOCK_EX);
    }
    fwrite($stream, $line);
    if ($locking) {
        flock($stream, LOCK_UN);
    }
}
`

// TestPHPWritesToTheSameFile has PHP processes append, as a fallback handler does, while envelog processes do.
func TestPHPWritesToTheSameFile(t *testing.T) {
	const writers, lines = 2, 20_000
	for _, locking := range []string{"", "1"} {
		t.Run("locking="+locking, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "app-2026-11-23.log")
			filetest.Must(t, os.WriteFile(path, nil, 0o640))
			var running []*exec.Cmd
			for p := range writers {
				php := exec.Command("php", "-r", phpWriter, "--", path, fmt.Sprint(p), fmt.Sprint(lines), locking)
				running = append(running, php, childAppender(dir, writers+p, lines/100, 100))
			}
			for _, child := range running {
				var out strings.Builder
				child.Stderr = &out
				filetest.Must(t, child.Start())
				defer func() {
					if t.Failed() {
						t.Log(out.String())
					}
				}()
			}
			for _, child := range running {
				filetest.Must(t, child.Wait())
			}
			if seen := checkLines(t, path, 0); len(seen) != 2*writers*lines {
				t.Errorf("%d different lines, want %d", len(seen), 2*writers*lines)
			}
		})
	}
}
