// Package settings finds the value of each setting of a command, and where it comes from.
//
// Model: a [Setting] is declared once, with its name, default and description; the command line, the environment and the
// file envelog.yaml all use that name. A [Layer] is one source of values. [Resolve] asks the layers for each setting in
// order of precedence and keeps the first answer with its origin, such as "envelog.yaml:3".
//
//	declared settings --> command line > ENVELOG_* > envelog.yaml > application > default --> Values
//
// Rules:
//   - A layer returns what was written, as text. [Setting.Parse] says what it means.
//   - Bad configuration is an error, with file and line: a setting that does not exist, and a value of another kind.
//   - Errors and origins never contain a value, since it may be a secret.
package settings
