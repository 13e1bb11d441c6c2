package cli

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"envelog/internal/settings"
)

var update = flag.Bool("update", false, "write the table of settings into docs/configuration.md")

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
	var b strings.Builder
	b.WriteString("| setting | variable | unit | default | from the application | what |\n|---|---|---|---|---|---|\n")
	for _, s := range settingsOf(commands()) {
		fmt.Fprintf(&b, "| `%s` %s| `%s` | %s | %s | %s | %s |\n", s.Name, kindNote(s.Kind), s.Variable(), s.Unit,
			code(s.Default), code(s.Application), strings.NewReplacer("|", `\|`, "<", `\<`, "*", `\*`).Replace(s.Usage))
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
