package option_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"envelog/internal/transport/option"
)

type config struct {
	Name  string
	On    bool
	Count int64
	Pause time.Duration
}

func setters() option.Setters[config] {
	return option.Merge(option.Setters[config]{
		"name":  option.Text(func(c *config, s string) { c.Name = s }),
		"on":    option.Bool(func(c *config, b bool) { c.On = b }),
		"count": option.Int(1, 9, func(c *config, n int64) { c.Count = n }),
	}, option.Setters[config]{
		"pause": option.Duration(time.Second, func(c *config, d time.Duration) { c.Pause = d }),
		"lazy":  option.Ignore[config],
	})
}

func apply(options map[string]any) (c config, err error) {
	known := setters()
	err = known.Apply(&c, options, func(name string) error { return option.Unknown(name, known.Nearest(name)) })
	return c, err
}

func TestOptionsAreReadAsPHPReadsThem(t *testing.T) {
	for _, options := range []map[string]any{
		{"name": "5", "on": "yes", "count": " 7 ", "pause": "60", "lazy": []any{}},
		{"name": 5, "on": true, "count": int64(7), "pause": 60.0},
	} {
		got, err := apply(options)
		if diff := cmp.Diff(config{"5", true, 7, time.Minute}, got); err != nil || diff != "" {
			t.Errorf("%v: %v\n%s", options, err, diff)
		}
	}
}

func TestAllWrongOptionsAreReported(t *testing.T) {
	_, err := apply(map[string]any{"name": []any{}, "on": "ja", "count": "10", "pause": "-1", "nam": "x", "other": "x"})
	const want = `option "count" of the DSN must be a whole number from 1 to 9
option "nam" of the DSN is unknown; did you mean "name"?
option "name" of the DSN must be a string
option "on" of the DSN must be true or false (1, on, yes; 0, off, no)
option "other" of the DSN is unknown
option "pause" of the DSN must be a whole number from 0 to 9223372036`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	var wrong *option.Error
	if !errors.As(err, &wrong) || wrong.Name != "count" {
		t.Errorf("the first error is %+v", wrong)
	}
}

func TestNoErrorShowsAValue(t *testing.T) {
	_, err := apply(map[string]any{"name": []any{"s3cret"}, "on": "s3cret", "count": "s3cret", "pause": "s3cret", "other": "s3cret"})
	if err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Error(err)
	}
}
