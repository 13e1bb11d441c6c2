package format

import (
	"errors"
	"fmt"

	"envelog/record"
)

// Formatter prints log records. It keeps memory for the next record, so it is not safe for concurrent use.
type Formatter interface {
	// Append appends exactly one line, with the line feed that ends it, to dst, and returns the longer slice. It keeps
	// nothing of r.
	Append(dst []byte, r *record.Record) []byte
}

// The limits of Options.MaxLineBytes.
const (
	DefaultMaxLineBytes = 4 << 20
	minLineBytes        = 8 << 10
	maxLineBytes        = 1 << 30
)

// Options says how records are printed.
type Options struct {
	// LineFormat is the format "line" in Monolog's placeholders: %datetime%, %channel%, %level_name%, %level%,
	// %message%, %context%, %extra%, %context.key%, %extra.key%. The line feed at its end, real or spelled \n, may be
	// left out. Empty means Monolog's default. Other formats have none: it is an error to give one.
	LineFormat string

	// DateFormat is how dates are printed, in the letters of PHP's date(). Empty means Monolog's default:
	// Y-m-d\TH:i:s.uP for the time of the record, Y-m-d\TH:i:sP for dates in its context and extra.
	DateFormat string

	// MaxLineBytes bounds the line that a record may become, from 8 KiB to 1 GiB; 0 means DefaultMaxLineBytes. What does
	// not fit is left out, and the line says so in its place. A LineFormat that has a placeholder twice counts it twice.
	MaxLineBytes int
}

// New returns the formatter called name: keyvalue, line, json or logfmt. The error names all that is wrong.
func New(name string, o Options) (Formatter, error) {
	if o.MaxLineBytes == 0 {
		o.MaxLineBytes = DefaultMaxLineBytes
	}
	var problems []error
	if o.MaxLineBytes < minLineBytes || o.MaxLineBytes > maxLineBytes {
		problems = append(problems, fmt.Errorf("line limit %d is not between %d and %d bytes", o.MaxLineBytes, minLineBytes, maxLineBytes))
	}
	if o.LineFormat != "" && name != "line" {
		problems = append(problems, fmt.Errorf("line format %q is for the format line, not for %s", o.LineFormat, name))
	}
	formatter, err := build(name, o)
	if problems = append(problems, err); errors.Join(problems...) != nil {
		return nil, errors.Join(problems...)
	}
	return formatter, nil
}

func build(name string, o Options) (Formatter, error) {
	dates, err := newDates(o.DateFormat)
	if err != nil {
		return nil, err
	}
	switch name {
	case "keyvalue":
		return newKeyValue(dates, o.MaxLineBytes)
	case "line":
		return newLine(o.LineFormat, dates, o.MaxLineBytes)
	case "json":
		return newJSON(dates, o.MaxLineBytes), nil
	case "logfmt":
		return newLogfmt(dates, o.MaxLineBytes), nil
	}
	return nil, fmt.Errorf("unknown format %q: known are keyvalue, line, json and logfmt", name)
}
