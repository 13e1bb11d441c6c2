package record_test

import (
	"fmt"
	"time"

	"envelog/phpvalue"
	"envelog/record"
)

// A formatter, or any other reader of records, sees this much of a message. Context and Extra are walked as PHP values are.
func ExampleRecord() {
	r := record.Record{
		Channel: []byte("security"), Level: record.Warning, Message: []byte("Login failed"),
		Time: time.Date(2026, 11, 23, 9, 49, 34, 841_400_000, time.FixedZone("", 3600)),
	}
	if r.Level >= record.Warning {
		fmt.Printf("%s %s.%s: %s\n", r.Time.Format(time.RFC3339Nano), r.Channel, r.Level, r.Message)
	}
	if r.Context.Kind() != phpvalue.Array {
		fmt.Println("no context")
	}
	// Output:
	// 2026-11-23T09:49:34.8414+01:00 security.WARNING: Login failed
	// no context
}

// Levels are read as Monolog and PSR-3 spell them.
func ExampleLevelFromName() {
	for _, name := range []string{"warning", "CRITICAL", "fatal"} {
		level, ok := record.LevelFromName([]byte(name))
		fmt.Println(name, int(level), ok)
	}
	// Output:
	// warning 300 true
	// CRITICAL 500 true
	// fatal 0 false
}
