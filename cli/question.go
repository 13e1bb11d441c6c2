package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// errAborted has Symfony's word for an input that ends where an answer is awaited.
var errAborted = errors.New("Aborted.") //nolint:staticcheck,revive // as QuestionHelper::doAsk spells it

// isInteractive tells whether somebody can answer: standard input is a terminal, and --no-interaction is not given.
func (s *session) isInteractive() bool {
	file, ok := s.Stdin.(*os.File)
	if !ok || hasSwitch(s.Args, "--no-interaction") || slices.ContainsFunc(s.Args, func(a string) bool {
		return isSwitches(a) && strings.Contains(a, "n")
	}) {
		return false
	}
	_, err := unix.IoctlGetWinsize(int(file.Fd()), unix.TIOCGWINSZ)
	return err == nil
}

// confirm asks for yes or no; where nobody can answer, it is what stands as the default (SymfonyStyle::confirm).
func (s *session) confirm(question string, standard bool) (bool, error) {
	word := "no"
	if standard {
		word = "yes"
	}
	if !s.isInteractive() {
		return standard, nil
	}
	s.ask(question+" (yes/no)", word)
	answer, err := s.answer()
	if answer == "" {
		return standard, err
	}
	return strings.HasPrefix(strings.ToLower(answer), "y"), err
}

// choose asks for one of the choices, by its name or number (SymfonyStyle::choice).
func (s *session) choose(question string, choices []string, standard string) (string, error) {
	if !s.isInteractive() {
		return standard, nil
	}
	for {
		lines := []string{}
		for i, choice := range choices {
			lines = append(lines, fmt.Sprintf("  [%s] %s", s.stderr.paint("33", strconv.Itoa(i)), choice))
		}
		s.ask(question, standard, lines...)
		answer, err := s.answer()
		if answer == "" || err != nil {
			return standard, err
		}
		if n, err := strconv.Atoi(answer); err == nil && 0 <= n && n < len(choices) {
			return choices[n], nil
		}
		if slices.Contains(choices, answer) {
			return answer, nil
		}
		s.stderr.problem(fmt.Sprintf(`Value "%s" is invalid`, answer))
	}
}

// ask writes a question as SymfonyQuestionHelper::writePrompt does.
func (s *session) ask(question, standard string, lines ...string) {
	c := s.stderr
	c.printf("\n %s [%s]:\n", c.paint("32", printable(question)), c.paint("33", standard))
	for _, line := range lines {
		c.printf("%s\n", line)
	}
	c.printf(" > ")
}

// answer reads one line.
func (s *session) answer() (string, error) {
	if s.answers == nil {
		s.answers = bufio.NewReader(s.Stdin)
	}
	line, err := s.answers.ReadString('\n')
	s.stderr.printf("\n")
	if errors.Is(err, io.EOF) && line != "" {
		err = nil
	}
	if err != nil {
		return "", errAborted
	}
	return strings.TrimSpace(line), nil
}
