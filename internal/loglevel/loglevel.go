// Package loglevel has the levels of PSR-3 (Psr\Log\LogLevel) that slog does not define, for envelog's own log.
package loglevel

import "log/slog"

// Between slog's Info and Warn, and above its Error.
const (
	Notice   = slog.Level(2)
	Critical = slog.Level(12)
)
