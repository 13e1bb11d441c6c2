// Package settings finds out what each setting of a command is, and who said so.
//
// Model: a [Setting] is declared once, with its name, default and description; the command line, the environment and
// the file envelog.yaml all use that name. A [Layer] answers for one source. [Resolve] asks the layers of each setting
// in order of precedence, and keeps the first answer with its origin, as in "envelog.yaml:3".
//
//	declared settings --> command line > ENVELOG_* > envelog.yaml > application > default --> Values
//
// Rules:
//   - A layer says what was written, as text. What it means is for the reader of the setting to judge.
//   - Bad configuration is an error, with file and line: a setting that does not exist, and a value of another kind.
//   - No error and no origin holds a value, since it may be a secret.
package settings
