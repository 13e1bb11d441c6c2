// Package phptest runs PHP, which tests compare envelog with.
package phptest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
)

// Run runs php with arguments, such as a script or "-r" and code, gives it input, and returns what it prints. Numbers are
// spelled as by default (precision 14, serialize_precision -1), and times are in UTC. It fails the test when PHP fails.
func Run(t testing.TB, input string, args ...string) []byte {
	t.Helper()
	settings := []string{"-d", "display_errors=stderr", "-d", "precision=14", "-d", "serialize_precision=-1", "-d", "date.timezone=UTC"}
	php := exec.Command("php", append(settings, args...)...)
	php.Stdin = strings.NewReader(input)
	var stderr bytes.Buffer
	php.Stderr = &stderr
	out, err := php.Output()
	if err != nil {
		t.Fatalf("run php (on Debian: .ci/need names its packages): %v\n%s%s", err, out, stderr.Bytes())
	}
	return out
}

// Lines runs code with the input, and returns the lines that it prints.
func Lines(t testing.TB, code, input string) []string {
	t.Helper()
	return strings.Split(strings.TrimRight(string(Run(t, input, "-r", code)), "\n"), "\n")
}

// Answers runs code with a line of input for each element, and returns the lines that it prints: one for each.
func Answers(t testing.TB, code string, input []string) []string {
	t.Helper()
	lines := Lines(t, code, strings.Join(input, "\n")+"\n")
	if len(lines) != len(input) {
		t.Fatalf("php answered %d of %d lines: %s", len(lines), len(input), lines[len(lines)-1])
	}
	return lines
}

// Ask gives a script the question as JSON, and decodes what it prints, JSON too.
func Ask[T any](t testing.TB, script string, question any) (answer T) {
	t.Helper()
	input, err := json.Marshal(question)
	if err != nil {
		t.Fatal(err)
	}
	output := Run(t, string(input), script)
	if err := json.Unmarshal(output, &answer); err != nil {
		t.Fatalf("read what php says: %v\n%s", err, output)
	}
	return answer
}

// Bytes decodes base64, in which PHP prints bytes.
func Bytes(t testing.TB, line string) string {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(line)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
