package format

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"envelog/record"
)

// Formatter prints log records. It keeps memory for the next record, so it is not safe for concurrent use.
type Formatter interface {
	// Append appends exactly one line, with the line feed that ends it, to dst, and returns the longer slice; LineOptions
	// may keep line breaks inside of it. It keeps nothing of r.
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

	// Line holds the other options of Monolog's LineFormatter, for the format line. Of these, json has IgnoreEmpty and
	// Stacktraces, as JsonFormatter has.
	Line LineOptions

	// ShowSerialized prints what the __serialize() of a class returned without a name, and the text that a class with the
	// old interface Serializable wrote. Nobody but the class knows what these are, and there may be secrets in them, such as
	// the hash of a user's password; Monolog does not print them either.
	ShowSerialized bool

	// MaxLineBytes bounds the line that a record may become, from 8 KiB to 1 GiB; 0 means DefaultMaxLineBytes. What does
	// not fit is left out, and the line says so in its place. A LineFormat that has a placeholder twice counts it twice.
	MaxLineBytes int
}

// LineOptions are the options of Monolog's LineFormatter beside its formats. With InlineLineBreaks or Stacktraces a record
// can be more than one line of text.
type LineOptions struct {
	// InlineLineBreaks keeps line breaks in messages and values (allowInlineLineBreaks). Without it, they are blanks in
	// messages and escapes in values.
	InlineLineBreaks bool
	// IgnoreEmpty prints nothing instead of an empty context or extra (ignoreEmptyContextAndExtra); json leaves their keys
	// out.
	IgnoreEmpty bool
	// Stacktraces prints the stack traces of exceptions (includeStacktraces). In lines it implies InlineLineBreaks, as in
	// Monolog; in json they are lists of files and lines.
	Stacktraces bool
	// Indent stands before each line of a stack trace (indentStacktraces).
	Indent string
	// MaxLevelName cuts the names of levels (setMaxLevelNameLength), 3 makes INF and WAR; 0 leaves them whole.
	MaxLevelName int
}

// check returns what is wrong with o in the format called name.
func (o LineOptions) check(name string) error {
	foreign := o
	if name == "json" {
		foreign.IgnoreEmpty, foreign.Stacktraces = false, false
	}
	switch {
	case o == LineOptions{}:
	case name != "line" && name != "json":
		return fmt.Errorf("the options of Monolog's formatters are for the formats line and json, not for %s", name)
	case name == "json" && foreign != LineOptions{}:
		return errors.New("inline line breaks, the indent of stack traces and the length of level names are for the format line, not for json")
	case o.MaxLevelName < 0:
		return fmt.Errorf("length %d of level names is negative", o.MaxLevelName)
	case o.Indent != "" && !o.Stacktraces:
		return errors.New("an indent needs stack traces")
	case strings.ContainsFunc(strings.ReplaceAll(o.Indent, "\t", ""), unicode.IsControl) || !utf8.ValidString(o.Indent):
		return errors.New("the indent has a line break or control character in it, or is not UTF-8")
	}
	return nil
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
	if problems = append(problems, o.Line.check(name), err); errors.Join(problems...) != nil {
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
		return newKeyValue(dates, o)
	case "line":
		return newLine(dates, o)
	case "json":
		return newJSON(dates, o), nil
	case "logfmt":
		return newLogfmt(dates, o), nil
	}
	return nil, fmt.Errorf("unknown format %q: known are keyvalue, line, json and logfmt", name)
}
