// Package console prints and reads as Symfony's console does: blocks and tables as SymfonyStyle prints them, questions as
// QuestionHelper asks them, log lines as Monolog's console handler prints them, and command lines as ArgvInput reads them.
//
// Model: [Open] makes an [IO] of the streams of a process, with a [Console] for each of the two that are written to.
// [SplitCommand], [FindCommand] and [Arrange] turn Symfony's spelling of a command line into one that urfave/cli parses.
//
// Rule: control characters in a message, an argument or an error never reach a terminal.
package console
