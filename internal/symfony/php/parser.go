package php

import (
	"slices"
	"strings"
)

// Limits of one file.
const (
	MaxSize  = 4 << 20 // bytes
	MaxDepth = 200     // levels of expressions and statements; what is deeper is Opaque, or Other
)

// Parse reads a source file. Errors are *Error.
func Parse(source string) (*File, error) {
	if len(source) > MaxSize {
		return nil, &Error{Place{1, 1}, "the file is too large"}
	}
	tokens, err := tokenize(source)
	if err != nil {
		return nil, err
	}
	partners, err := matchBrackets(tokens)
	if err != nil {
		return nil, err
	}
	p := &parser{file: &File{Imports: map[string]string{}, source: source}, tokens: tokens, partners: partners}
	for !p.atEnd() {
		p.declaration()
	}
	return p.file, nil
}

// matchBrackets returns the index of each opening bracket's closing one.
func matchBrackets(tokens []token) (map[int]int, error) {
	closers := map[string]string{"(": ")", "[": "]", "{": "}", "#[": "]"}
	partners := map[int]int{}
	var open []int
	for i, t := range tokens {
		if t.kind != sign {
			continue
		}
		if closers[t.text] != "" {
			open = append(open, i)
			continue
		}
		if t.text != ")" && t.text != "]" && t.text != "}" {
			continue
		}
		if len(open) == 0 || closers[tokens[open[len(open)-1]].text] != t.text {
			return nil, &Error{t.place, t.text + " closes nothing"}
		}
		partners[open[len(open)-1]] = i
		open = open[:len(open)-1]
	}
	if len(open) > 0 {
		t := tokens[open[len(open)-1]]
		return nil, &Error{t.place, t.text + " is not closed"}
	}
	return partners, nil
}

// parser goes through the tokens of one file.
type parser struct {
	file     *File
	tokens   []token
	partners map[int]int // of opening brackets
	at       int
	depth    int
}

func (p *parser) token() token { return p.tokens[p.at] }
func (p *parser) atEnd() bool  { return p.token().kind == end }

// peek returns the token n after the present one.
func (p *parser) peek(n int) token { return p.tokens[min(p.at+n, len(p.tokens)-1)] }

// is reports whether the present token is that sign.
func (p *parser) is(s string) bool { return isSign(p.token(), s) }

func isSign(t token, s string) bool { return t.kind == sign && t.text == s }

// isWord reports whether the present token is that keyword.
func (p *parser) isWord(words ...string) bool {
	t := p.token()
	return t.kind == name && slices.Contains(words, strings.ToLower(t.text))
}

// take goes over the present token if it is that sign.
func (p *parser) take(s string) bool {
	if p.is(s) {
		p.at++
		return true
	}
	return false
}

// takeWord goes over the present token if it is that keyword.
func (p *parser) takeWord(words ...string) bool {
	if p.isWord(words...) {
		p.at++
		return true
	}
	return false
}

// skipBracket moves past the bracket that is opened here.
func (p *parser) skipBracket() { p.at = p.partners[p.at] + 1 }

// skipTo goes to the first of the signs on this level, or to the bracket that ends it.
func (p *parser) skipTo(signs ...string) {
	for !p.atEnd() {
		t := p.token()
		switch _, opens := p.partners[p.at]; {
		case t.kind == sign && slices.Contains(signs, t.text):
			return
		case opens:
			p.skipBracket()
		case isCloser(t):
			return
		default:
			p.at++
		}
	}
}

func isCloser(t token) bool { return isSign(t, ")") || isSign(t, "]") || isSign(t, "}") }

// offset is where the last token that was gone over ends.
func (p *parser) offset() int {
	if p.at == 0 {
		return 0
	}
	return p.tokens[p.at-1].to
}
