//go:build integration

package cli_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// completions asks bash what it offers after a line.
func completions(t *testing.T, script, line string) []string {
	t.Helper()
	const ask = `eval "$1"; COMP_LINE=$2 COMP_POINT=${#2}; compopt() { :; }; _envelog; printf '%s\n' "${COMPREPLY[@]}"`
	out, err := exec.Command("bash", "--norc", "-c", ask, "bash", script, line).CombinedOutput()
	if err != nil {
		t.Fatalf("bash: %v\n%s", err, out)
	}
	return strings.Fields(string(out))
}

func TestShellsComplete(t *testing.T) {
	t.Parallel()
	binary := buildBinary(t)
	script := func(shell string) string {
		out, err := exec.Command(binary, "completion", shell).Output()
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	for line, want := range map[string]string{
		"envelog hea":                          "health",
		"envelog messenger:con":                "consume", // bash replaces what follows the colon
		"envelog messenger:failed:sh":          "show",
		"envelog messenger:consume --log-d":    "--log-dir=",
		"envelog messenger:consume a --no-pro": "--no-project",
		"envelog --ansi health --max":          "--max-age=",
	} {
		if got := strings.Join(completions(t, script("bash"), line), " "); got != want {
			t.Errorf("%q is completed by %q, want %q", line, got, want)
		}
	}
	for _, shell := range []string{"zsh", "fish"} {
		cmd := exec.Command(shell, "-n", "/dev/stdin")
		cmd.Stdin = strings.NewReader(script(shell))
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s does not read its completion: %v\n%s", shell, err, out)
		}
	}
}

// typed has a zsh at a terminal of its own complete $2 with what $1 has, and waits for $3 to appear.
const typed = `
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "fpath=($1 \$fpath); autoload -Uz compinit; compinit -D -u; PS1='re''ady> '"
zpty -r shell out '*ready> *'
zpty -n -w shell "$2"$'\t'
zpty -r shell out "*$3*"
zpty -d shell
`

func TestZshCompletesCommandsAndOptions(t *testing.T) {
	out, err := exec.Command(buildBinary(t), "completion", "zsh").Output()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "_envelog"), out, 0o600); err != nil {
		t.Fatal(err)
	}
	for line, added := range map[string]string{"envelog messenger:con": "sume", "envelog top --log-d": "ir"} {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		if out, err := exec.CommandContext(ctx, "zsh", "-f", "-c", typed, "zsh", dir, line, added).CombinedOutput(); err != nil {
			t.Errorf("%q is not completed by %q: %v\n%s", line, added, err, out)
		}
		cancel()
	}
}

func TestFishOffersCommandsAndOptions(t *testing.T) {
	t.Parallel()
	out, err := exec.Command(buildBinary(t), "completion", "fish").Output()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "envelog.fish")
	if err := os.WriteFile(path, out, 0o600); err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]string{"envelog messenger:con": "messenger:consume", "envelog messenger:consume --log-d": "--log-dir"} {
		got, err := exec.Command("fish", "--no-config", "-c", "source "+path+"; complete -C '"+line+"'").CombinedOutput()
		if err != nil || !strings.HasPrefix(string(got), want) {
			t.Errorf("%q is completed by %q (%v), want %q", line, got, err, want)
		}
	}
}

// TestManualPages has mandoc check the pages as a distribution would.
func TestManualPages(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	date := "-ldflags=-X envelog/internal/build.version=v1.2.3 -X envelog/internal/build.commit=abc -X envelog/internal/build.date=2026-11-30T10:00:00Z"
	if out, err := exec.Command("go", "run", date, "envelog/cmd/envelog-manual", dir).CombinedOutput(); err != nil {
		t.Fatalf("manual: %v\n%s", err, out)
	}
	pages, err := filepath.Glob(filepath.Join(dir, "*.1"))
	if err != nil || len(pages) < 15 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	if out, err := exec.Command("mandoc", append([]string{"-T", "lint", "-W", "warning"}, pages...)...).CombinedOutput(); err != nil {
		t.Errorf("mandoc: %v\n%s", err, out)
	}
	text := rendered(t, filepath.Join(dir, "envelog-messenger-consume.1"))
	if !strings.Contains(text, "ENVELOG_LOG_DIR") {
		t.Errorf("the page of messenger:consume does not name ENVELOG_LOG_DIR:\n%s", text)
	}
	text = rendered(t, filepath.Join(dir, "envelog-tail.1"))
	for line := range strings.Lines(text) {
		if len(line) > 80 {
			t.Errorf("more than 79 columns: %s", line)
		}
	}
	if !strings.Contains(text, "\n           envelog tail --follow\n           envelog tail app security --level=warning -n 100\n") {
		t.Errorf("examples are not as they are written:\n%s", text)
	}
}

// rendered is a page as man shows it on a terminal of 80 columns, without bold and underlined text.
func rendered(t *testing.T, page string) string {
	t.Helper()
	text, err := exec.Command("mandoc", "-T", "ascii", "-O", "width=78", page).Output()
	if err != nil {
		t.Fatalf("mandoc: %v", err)
	}
	return regexp.MustCompile(`.\x08`).ReplaceAllString(string(text), "")
}
