// Package cli is the command line: what each command of envelog is called, which options it has, and what it does. It is
// the only importer of urfave/cli.
//
// # Model
//
// [Run] is one invocation: arguments, environment and streams in, exit code out; it touches nothing of the process but
// what [Process] hands it. There is one file for each command, which declares it as a command and has its steps. What is
// written on the command line goes one way:
//
//	tokens --> console.Arrange --> urfave/cli --> config.Load --> input --> command.run
//
// # Rules
//
//   - Arguments are read as Symfony's console reads them (package console), since people move whole command lines here.
//   - A command reads its settings through package config, and its own options from urfave/cli.
//   - Options that Symfony has keep its meaning and its messages; what PHP would silently take for 0 is an error here.
//   - A command returns its error. It is printed in one place, as Symfony prints exceptions, and makes exit code 1.
package cli
