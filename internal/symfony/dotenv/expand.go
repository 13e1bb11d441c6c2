package dotenv

import (
	"errors"
	"fmt"
	"strings"
)

// literal stands for a dollar that is not a reference while references are resolved, as in symfony/dotenv since 6.4.35.
const literal = "\x00"

// errCommand is what resolving a value with a command substitution ends in; the caller adds the place.
var errCommand = errors.New("command substitution")

// A scope answers what a reference stands for.
type scope interface {
	// lookup returns the value of name, "" when there isn't one, and the error of a variable that has no known value.
	lookup(name string) (string, error)
	// assign keeps the default of ${name:=value}.
	assign(name, value string)
}

// resolve replaces the references of s and refuses its commands; Dotenv::resolveCommands and resolveVariables in PHP.
func resolve(s string, in scope) (string, error) {
	if !strings.Contains(s, "$") {
		return s, nil
	}
	s, err := refuseCommands(s)
	if err != nil {
		return "", err
	}
	return expand(s, in)
}

// refuseCommands returns errCommand when s holds $( with balanced parentheses and something between them. A backslash
// before it makes it plain text, and goes.
func refuseCommands(s string) (string, error) {
	var out strings.Builder
	ends := parentheses(s)
	last := 0
	for i := 0; i+1 < len(s); i++ {
		end := ends[i+1]
		if s[i] != '$' || end == 0 {
			continue
		}
		if i == last || s[i-1] != '\\' {
			return "", errCommand
		}
		out.WriteString(s[last : i-1])
		out.WriteString(s[i:end])
		last, i = end, end-1
	}
	return out.String() + s[last:], nil
}

// parentheses maps the offset of each opening parenthesis of s to the offset after its closing one. A pair with nothing in
// it, and each pair around such a one, is left out: PHP's regular expression asks for one byte at least.
func parentheses(s string) map[int]int {
	type open struct {
		at    int
		empty bool
	}
	ends := map[int]int{}
	var stack []open
	for i := range len(s) {
		switch top := len(stack) - 1; {
		case s[i] == '(':
			stack = append(stack, open{at: i})
		case s[i] == ')' && top >= 0:
			empty := stack[top].empty || s[i-1] == '('
			if !empty {
				ends[stack[top].at] = i + 1
			} else if top > 0 {
				stack[top-1].empty = true
			}
			stack = stack[:top]
		}
	}
	return ends
}

// A reference is one match of $NAME and its variants in a value.
type reference struct {
	backslashes string
	rest        string // from the dollar to the end of the match
	name        string
	fallback    string // ":-text" or ":=text"
	open, close bool   // the braces
}

// expand replaces each reference of s.
func expand(s string, in scope) (string, error) {
	var out strings.Builder
	last := 0
	for {
		i := strings.IndexByte(s[last:], '$')
		if i < 0 {
			return out.String() + s[last:], nil
		}
		i += last
		if strings.HasPrefix(s[i:], "$(") {
			out.WriteString(s[last : i+1])
			last = i + 1
			continue
		}
		ref := match(s, last, i)
		text, err := ref.expand(in)
		if err != nil {
			return "", err
		}
		out.WriteString(s[last : i-len(ref.backslashes)])
		out.WriteString(text)
		if out.Len() > maxSize {
			return "", fmt.Errorf("the value is longer than %d bytes", maxSize)
		}
		last = i + len(ref.rest)
	}
}

// match reads the reference whose dollar is s[dollar]; the backslashes before it belong to it, back to offset from.
func match(s string, from, dollar int) reference {
	start := from + len(strings.TrimRight(s[from:dollar], `\`))
	ref := reference{backslashes: s[start:dollar]}
	i := dollar + 1
	if i < len(s) && s[i] == '{' {
		ref.open = true
		i++
	}
	ref.name = s[i : i+nameLen(s[i:])]
	i += len(ref.name)
	if strings.HasPrefix(s[i:], ":-") || strings.HasPrefix(s[i:], ":=") {
		ref.fallback, _, _ = strings.Cut(s[i:], "}")
		i += len(ref.fallback)
	}
	if i < len(s) && s[i] == '}' {
		ref.close = true
		i++
	}
	ref.rest = s[dollar:i]
	return ref
}

// expand returns what stands instead of the reference and of its backslashes.
func (r reference) expand(in scope) (string, error) {
	if len(r.backslashes)%2 == 1 {
		return r.backslashes[1:] + r.rest, nil
	}
	if r.name == "" && r.fallback == "" && !r.close {
		return r.backslashes + r.rest, nil // a dollar on its own
	}
	if r.open && !r.close {
		return "", errors.New("the brace of a ${ is not closed (in single quotes, ${ means nothing)")
	}
	value, err := in.lookup(r.name)
	if err != nil {
		return "", err
	}
	if value == "" && r.fallback != "" {
		if value, err = r.assignFallback(in); err != nil {
			return "", err
		}
	}
	if !r.open && r.close {
		value += "}"
	}
	return r.backslashes + value, nil
}

func (r reference) assignFallback(in scope) (string, error) {
	if i := strings.IndexAny(r.fallback, `'"{$`); i >= 0 {
		return "", fmt.Errorf("the default of a ${...} holds the character %c, which symfony/dotenv does not allow there", r.fallback[i])
	}
	value := r.fallback[2:]
	if r.fallback[1] == '=' {
		in.assign(r.name, value)
	}
	return value, nil
}
