//go:build docker

package e2e

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/log"
	"github.com/testcontainers/testcontainers-go/network"
	"github.com/testcontainers/testcontainers-go/wait"
)

var (
	// A whole line of any record of the application.
	wholeLine = regexp.MustCompile(`^\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00\] (app|payment)\.[A-Z]+: \S.*\n$`)
	// A whole line of app:test-logging: how many, the run, the number.
	testLine = regexp.MustCompile(`^\[[^]]+\] app\.[A-Z]+: Test record \d+ of (\d+) run="?([0-9a-f]{8})"? number=(\d+) password=\*\*\*\n$`)
	// What app:test-logging says.
	runOf = regexp.MustCompile(`grep ([0-9a-f]{8}) `)
)

// sender is a container of the application, beside the one of compose.yaml, that sends numbered records and ends.
type sender struct {
	*testcontainers.DockerContainer
	count int
}

// send starts a sender. It has the log directory of the others, so that what it could not send would stand there, too.
func (s *stack) send(t *testing.T, count int) sender {
	t.Helper()
	c, err := testcontainers.Run(t.Context(), image,
		testcontainers.WithLogger(log.TestLogger(t)),
		testcontainers.WithCmd("php", "bin/console", "app:test-logging", "--count="+strconv.Itoa(count)),
		testcontainers.WithMounts(testcontainers.VolumeMount(s.project+"_logs", logs)),
		network.WithNetworkName(nil, s.project+"_default"))
	testcontainers.CleanupContainer(t, c)
	if err != nil {
		t.Fatalf("start sender: %v", err)
	}
	return sender{c, count}
}

// finish waits until all is sent, and returns the mark of the sender's records.
func (d sender) finish(t *testing.T) (run string) {
	t.Helper()
	if err := wait.ForExit().WithExitTimeout(patience).WaitUntilReady(t.Context(), d); err != nil {
		t.Fatalf("wait for sender: %v", err)
	}
	text := output(t, d.DockerContainer)
	if all := strconv.Itoa(d.count); !strings.Contains(text, all+" of "+all+" records were sent") {
		t.Fatalf("not all records were sent:\n%s", text)
	}
	return markOf(t, text)
}

// markOf returns what stands in each line of a run of app:test-logging.
func markOf(t *testing.T, text string) string {
	t.Helper()
	match := runOf.FindStringSubmatch(text)
	if match == nil {
		t.Fatalf("app:test-logging does not say where to look:\n%s", text)
	}
	return match[1]
}

// expectWhole checks that all lines are whole, and that each record of these runs stands in exactly one.
func expectWhole(t *testing.T, lines []string, runs map[string]int) {
	t.Helper()
	seen := make(map[string][]int, len(runs))
	for run, count := range runs {
		seen[run] = make([]int, count+1)
	}
	for _, line := range lines {
		match := testLine.FindStringSubmatch(line)
		if match == nil {
			expectOther(t, line)
			continue
		}
		count, _ := strconv.Atoi(match[1])
		number, _ := strconv.Atoi(match[3])
		if numbers, ours := seen[match[2]]; ours && count < len(numbers) && number <= count {
			numbers[number]++
		}
	}
	for run, numbers := range seen {
		for number, times := range numbers[1:] {
			if times != 1 {
				t.Errorf("record %d of run %s stands in %d lines", number+1, run, times)
			}
		}
	}
}

// expectOther checks a line that is not one of app:test-logging.
func expectOther(t *testing.T, line string) {
	t.Helper()
	if !wholeLine.MatchString(line) || strings.Contains(line, "Test record") {
		t.Errorf("torn line: %.300q", line)
	}
	if strings.Contains(line, "__messenger_error") {
		t.Errorf("was not sent: %.300q", line)
	}
}
