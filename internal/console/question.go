package console

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

// IsInteractive tells whether somebody can answer: standard input is a terminal, and --no-interaction is not given.
func (o *IO) IsInteractive() bool {
	file, ok := o.in.(*os.File)
	if !ok || !o.interaction {
		return false
	}
	_, err := unix.IoctlGetWinsize(int(file.Fd()), unix.TIOCGWINSZ)
	return err == nil
}

// Confirm asks for yes or no; where nobody can answer, it is what stands as the default (SymfonyStyle::confirm).
func (o *IO) Confirm(question string, standard bool) (bool, error) {
	word := "no"
	if standard {
		word = "yes"
	}
	if !o.IsInteractive() {
		return standard, nil
	}
	o.ask(question+" (yes/no)", word)
	answer, err := o.answer()
	if answer == "" {
		return standard, err
	}
	return strings.HasPrefix(strings.ToLower(answer), "y"), err
}

// Choose asks for one of the choices, by its name or number (SymfonyStyle::choice).
func (o *IO) Choose(question string, choices []string, standard string) (string, error) {
	if !o.IsInteractive() {
		return standard, nil
	}
	for {
		lines := []string{}
		for i, choice := range choices {
			lines = append(lines, fmt.Sprintf("  [%s] %s", o.Err.Paint("33", strconv.Itoa(i)), choice))
		}
		o.ask(question, standard, lines...)
		answer, err := o.answer()
		if answer == "" || err != nil {
			return standard, err
		}
		if n, err := strconv.Atoi(answer); err == nil && 0 <= n && n < len(choices) {
			return choices[n], nil
		}
		if slices.Contains(choices, answer) {
			return answer, nil
		}
		o.Err.Problem(fmt.Sprintf(`Value "%s" is invalid`, answer))
	}
}

// ask writes a question as SymfonyQuestionHelper::writePrompt does.
func (o *IO) ask(question, standard string, lines ...string) {
	c := o.Err
	c.Printf("\n %s [%s]:\n", c.Paint("32", Printable(question)), c.Paint("33", standard))
	for _, line := range lines {
		c.Printf("%s\n", line)
	}
	c.Printf(" > ")
}

// answer reads one line.
func (o *IO) answer() (string, error) {
	if o.answers == nil {
		o.answers = bufio.NewReader(o.in)
	}
	line, err := o.answers.ReadString('\n')
	o.Err.Printf("\n")
	if errors.Is(err, io.EOF) && line != "" {
		err = nil
	}
	if err != nil {
		return "", errAborted
	}
	return strings.TrimSpace(line), nil
}
