// Package invalid makes the errors of a configuration that is wrong, so that all of them can be joined and told at once.
package invalid

import "fmt"

// Unless returns nil when ok, and otherwise the error that the format and its arguments spell. Callers join several
// (errors.Join).
func Unless(ok bool, format string, args ...any) error {
	if ok {
		return nil
	}
	return fmt.Errorf(format, args...)
}
