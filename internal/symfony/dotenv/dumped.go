package dotenv

import (
	"strings"
)

// parsePHP reads the variables of a .env.local.php as `composer dump-env` and `bin/console dotenv:dump` write it: a return
// of one array of plain strings. Anything that PHP would have to evaluate is a *SyntaxError.
func parsePHP(file string, data []byte) ([]Variable, error) {
	l := &lexer{file: file, data: string(data)}
	if !l.take("<?php") || !l.take("return") {
		return nil, l.fail("a plain <?php return [...]; was expected, as composer dump-env writes it; remove the file to use .env")
	}
	closing := ")"
	if l.take("[") {
		closing = "]"
	} else if !l.take("array") || !l.take("(") {
		return nil, l.fail("an array was expected behind return; write it again with composer dump-env, or remove the file")
	}
	vars, err := l.pairs(closing)
	if err != nil {
		return nil, err
	}
	l.take(";")
	l.take("?>")
	if l.skipPHP(); l.pos < len(l.data) {
		return nil, l.fail("nothing was expected behind the array")
	}
	return vars, nil
}

// pairs reads 'NAME' => 'value' and so on up to the closing token.
func (l *lexer) pairs(closing string) ([]Variable, error) {
	var vars []Variable
	for !l.take(closing) {
		l.skipPHP()
		v := Variable{File: l.file, Line: l.line(l.pos)}
		var err error
		if v.Name, err = l.phpString(); err != nil {
			return nil, err
		}
		if !l.take("=>") {
			return nil, l.fail("=> was expected behind " + v.Name)
		}
		if v.Value, err = l.phpString(); err != nil {
			return nil, err
		}
		vars = append(vars, v)
		if !l.take(",") && !strings.HasPrefix(l.data[l.pos:], closing) {
			return nil, l.fail("a comma was expected; only plain strings can be read, nothing that PHP has to evaluate")
		}
	}
	return vars, nil
}

// phpString reads a string between single quotes, with \\ and \' undone, or one between double quotes that holds nothing
// to undo.
func (l *lexer) phpString() (string, error) {
	l.skipPHP()
	quote := l.peek(0)
	if !isQuote(quote) {
		return "", l.fail("a plain string was expected; write the file again with composer dump-env, or remove it")
	}
	var text []byte
	for i := l.pos + 1; i < len(l.data); i++ {
		c := l.data[i]
		switch {
		case c == quote:
			l.pos = i + 1
			return string(text), nil
		case quote == '"' && (c == '\\' || c == '$'):
			return "", l.fail("a string in double quotes with \\ or $ cannot be read; use single quotes")
		case c == '\\' && i+1 < len(l.data) && (l.data[i+1] == '\\' || l.data[i+1] == '\''):
			i++
			c = l.data[i]
		}
		text = append(text, c)
	}
	return "", l.fail("the string is not closed")
}

// take moves over token, and the white space and comments before it, and reports whether it was there. Keywords of PHP have
// no case.
func (l *lexer) take(token string) bool {
	l.skipPHP()
	if len(l.data)-l.pos < len(token) || !strings.EqualFold(l.data[l.pos:l.pos+len(token)], token) {
		return false
	}
	l.pos += len(token)
	return true
}

// skipPHP moves over white space and PHP's three kinds of comments.
func (l *lexer) skipPHP() {
	for {
		rest := strings.TrimLeft(l.data[l.pos:], " \t\r\n\v\f")
		l.pos = len(l.data) - len(rest)
		end := "\n"
		switch {
		case strings.HasPrefix(rest, "/*"):
			end = "*/"
		case !strings.HasPrefix(rest, "//") && !strings.HasPrefix(rest, "#"):
			return
		}
		_, after, _ := strings.Cut(rest, end)
		l.pos = len(l.data) - len(after)
	}
}
