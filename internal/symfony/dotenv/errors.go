package dotenv

import "fmt"

// A SyntaxError says where a file does not follow the syntax of .env files, or of the .env.local.php that dump-env writes.
type SyntaxError struct {
	File    string // path relative to Options.Dir
	Line    int    // from 1
	Column  int    // from 1, in bytes
	Problem string // what is wrong and what to write instead; never a value
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Problem)
}

// A CommandError says that the value of a variable holds a command substitution, which only a shell could answer.
type CommandError struct {
	Name string
	File string
	Line int
}

func (e *CommandError) Error() string {
	return fmt.Sprintf("%s:%d: %s is the output of a command, $(...), which is not run here", e.File, e.Line, e.Name)
}

// A ValueError says that the value of a variable cannot be resolved: an open brace, a default that symfony/dotenv does not
// allow, white space outside quotes, or references that lead in a circle.
type ValueError struct {
	Name    string
	File    string
	Line    int
	Problem string
}

func (e *ValueError) Error() string {
	return fmt.Sprintf("%s:%d: %s: %s", e.File, e.Line, e.Name, e.Problem)
}
