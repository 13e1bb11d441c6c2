// Package cli is the command line. It is the only place that knows all rooms, and the only importer of urfave/cli.
//
// # Model
//
// [Run] is one invocation: arguments, environment and streams in, exit code out; it touches nothing of the process but
// what [Process] hands it. There is one file for each command (consume.go, decode.go, demo.go, help.go, version.go).
// A command turns its flags into the rooms' own configurations, joins the rooms, and lets them work.
//
// # Rules
//
//   - Arguments are read as Symfony's console reads them (Input/ArgvInput.php), since people move whole command lines
//     here: options may stand anywhere, values may be joined or apart, short options may be joined, "--" ends them.
//     urfave/cli reads no option behind an argument, so that [arrange] puts them in order first.
//   - A flag is the declaration of a setting (package settings). Its value comes from the command line, else from its
//     environment variable (ENVELOG_ and its name), else from envelog.yaml, else from the application, else it is the
//     default. Commands read the flag and do not care (settings.go).
//   - Options that Symfony has keep its meaning and its messages; what PHP would silently take for 0 is an error here.
//   - A command returns its error. It is printed in one place, as Symfony prints exceptions, and makes exit code 1.
//   - What a terminal would obey (control characters) never reaches it out of a message, an argument or an error.
package cli
