package cli

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	urfave "github.com/urfave/cli/v2"

	"envelog/internal/settings"
)

var update = flag.Bool("update", false, "write the table of settings into docs/configuration.md")

// fromApplication is where in the application's configuration a setting comes from.
func fromApplication() map[string]string {
	const transport = "framework.messenger.transports.*."
	return map[string]string{
		"dsn":               transport + "dsn, " + transport + "options",
		"class":             "framework.messenger.routing",
		"log-dir":           "kernel.logs_dir",
		"failure-transport": transport + "failure_transport, framework.messenger.failure_transport",
		"max-retries":       transport + "retry_strategy.max_retries",
		"retry-delay":       transport + "retry_strategy.delay",
		"retry-multiplier":  transport + "retry_strategy.multiplier",
		"retry-max-delay":   transport + "retry_strategy.max_delay",
		"retry-jitter":      transport + "retry_strategy.jitter",
	}
}

// TestDocumentedSettings compares the table in docs/configuration.md with the flags; -update writes it.
func TestDocumentedSettings(t *testing.T) {
	const path, begin, end = "../docs/configuration.md", "<!-- settings -->\n", "<!-- end of settings -->\n"
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, _ := strings.Cut(string(content), begin)
	_, after, found := strings.Cut(rest, end)
	if !found {
		t.Fatalf("%s has no place for the table", path)
	}
	want := before + begin + settingsTable() + end + after
	if want == string(content) {
		return
	}
	if !*update {
		t.Fatalf("the table of settings in %s is not up to date: go test ./cli -run %s -update", path, t.Name())
	}
	if err := os.WriteFile(path, []byte(want), 0o600); err != nil {
		t.Fatal(err)
	}
}

func settingsTable() string {
	s := newSession(Process{Getenv: func(string) string { return "" }})
	var b strings.Builder
	b.WriteString("| setting | variable | default | from the application | what |\n|---|---|---|---|---|\n")
	for _, f := range allFlags(s.commands()) {
		if environmentName(f) == "" || strings.Contains(b.String(), "| `"+f.Names()[0]+"` ") {
			continue
		}
		setting := settingOf(f)
		fmt.Fprintf(&b, "| `%s` %s| `%s` | %s | %s | %s |\n", setting.Name, kindNote(setting.Kind), setting.Variable(),
			code(setting.Default), code(fromApplication()[setting.Name]), description(f))
	}
	return b.String()
}

func code(text string) string {
	if text == "" {
		return ""
	}
	return "`" + strings.ReplaceAll(text, ", ", "`, `") + "`"
}

func kindNote(k settings.Kind) string {
	switch k {
	case settings.Switch:
		return "(switch) "
	case settings.List:
		return "(list) "
	case settings.Pairs:
		return "(pairs) "
	}
	return ""
}

// description is that of help, without the default, fit for a cell.
func description(f urfave.Flag) string {
	text := usageOf(f)
	if plain, ok := f.(*urfave.StringFlag); ok {
		text = plain.Usage
	}
	text = strings.TrimSuffix(text, severalNote)
	return strings.NewReplacer("|", `\|`, "<", `\<`, "*", `\*`).Replace(text)
}
