package console

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// ErrInterrupted is wrapped by the error of a question whose context ended, or that a signal ended, before it was answered.
var ErrInterrupted = errors.New("interrupted while waiting for an answer")

// IsInteractive reports whether questions are asked: --no-interaction and --quiet are not given, and standard input, which
// need not be a terminal, has not ended (Symfony's InputInterface::isInteractive).
func (o *IO) IsInteractive() bool { return o.interaction && !o.ended }

// Confirm asks for yes or no; where nothing is asked, it is what stands as the default (SymfonyStyle::confirm).
func (o *IO) Confirm(ctx context.Context, question string, standard bool) (bool, error) {
	word := "no"
	if standard {
		word = "yes"
	}
	if !o.IsInteractive() {
		return standard, nil
	}
	o.ask(question+" (yes/no)", word)
	answer, err := o.answer(ctx, word)
	if answer == "" {
		return standard, err
	}
	return strings.HasPrefix(strings.ToLower(answer), "y"), err
}

// Choose asks for one of the choices, by its name or number (SymfonyStyle::choice).
func (o *IO) Choose(ctx context.Context, question string, choices []string, standard string) (string, error) {
	for o.IsInteractive() {
		lines := []string{}
		for i, choice := range choices {
			lines = append(lines, fmt.Sprintf("  [%s] %s", o.Err.Paint("33", strconv.Itoa(i)), choice))
		}
		o.ask(question, standard, lines...)
		answer, err := o.answer(ctx, standard)
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
	return standard, nil
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

// answer reads one line, nothing for the default. At the end of the input it is the default, for this question and for
// all that follow, as in Symfony (QuestionHelper::ask), and that is said.
func (o *IO) answer(ctx context.Context, standard string) (string, error) {
	if o.answers == nil {
		o.answers = make(chan string)
		go o.readAnswers()
	}
	signals := make(chan os.Signal, 1)
	if o.Signals != nil {
		o.Signals(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGQUIT)
		defer signal.Stop(signals)
	}
	select {
	case s := <-signals:
		o.Err.Printf("\n")
		return "", fmt.Errorf("%w: %v", ErrInterrupted, s)
	case line, more := <-o.answers:
		o.Err.Printf("\n")
		if !more {
			o.ended = true
			o.Err.Comment("Standard input has ended: no more questions are asked, and each answer is the default, here " + standard + ".")
		}
		return strings.TrimSpace(line), nil
	case <-ctx.Done():
		o.Err.Printf("\n")
		return "", fmt.Errorf("%w: %w", ErrInterrupted, context.Cause(ctx))
	}
}

// readAnswers hands out the lines of the input. It outlives a question that is interrupted, since nothing can end a read
// from a terminal.
func (o *IO) readAnswers() {
	defer close(o.answers)
	if o.in == nil {
		return
	}
	lines := bufio.NewReader(o.in)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			o.answers <- line
		}
		if err != nil {
			return
		}
	}
}
