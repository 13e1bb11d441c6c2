package console

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// TestLoginsInTextsOfLibraries prints errors into which a library has put a DSN.
func TestLoginsInTextsOfLibraries(t *testing.T) {
	for _, text := range []string{
		`parse "redis://user:geheim@h:x/s": invalid port ":x" after host`,
		`cannot connect to postgresql://app:x/geheim@h/app?sslmode=require (timeout)`,
		"dial redis:geheim@/run/redis.sock: no such file",
		"open redis//:x?geheim@h: no such file",
	} {
		for name, print := range map[string]func(c *Console){
			"failure":       func(c *Console) { c.failure(errors.New(text), "") },
			"block":         func(c *Console) { c.Problem(text) },
			"log's message": func(c *Console) { newLogger(c, slog.LevelDebug).Error(text) },
			"log's error": func(c *Console) {
				newLogger(c, slog.LevelDebug).Error("x", "error", fmt.Errorf("x: %w", errors.New(text)))
			},
			"log's list":   func(c *Console) { newLogger(c, slog.LevelDebug).Error("x", "list", []string{text}) },
			"JSON message": func(c *Console) { newJSONLogger(c, slog.LevelDebug).Error(text) },
			"JSON error":   func(c *Console) { newJSONLogger(c, slog.LevelDebug).Error("x", "error", errors.New(text)) },
		} {
			var out bytes.Buffer
			print(&Console{out: &stream{to: &out}, width: 500, wraps: true})
			if got := out.String(); strings.Contains(got, "geheim") || !strings.Contains(got, "***@") {
				t.Errorf("%s of %s: %s", name, text, got)
			}
		}
	}
}
