package php

import (
	"regexp"
	"strings"
)

// inText are the variables that stand in a text without braces: $name, $name[key] and $name->property.
var inText = regexp.MustCompile(`^\$[A-Za-z_\x{80}-\x{10FFFF}][\w\x{80}-\x{10FFFF}]*(?:->[A-Za-z_]\w*|\[(?:\w+|-?\d+|\$[A-Za-z_]\w*)\])?`)

// bareKey is the key of $name[key] in a text, where it has no quotes.
var bareKey = regexp.MustCompile(`\[([A-Za-z_]\w*)\]$`)

// mixed reads a text in double quotes with variables in it, as the parts that it is joined of; nil for what else there is,
// as ${name} and heredocs.
func (p *parser) mixed() *Node {
	t := p.token()
	if t.text[0] != '"' {
		return nil
	}
	out := p.node(String, "")
	rest := t.text[1 : len(t.text)-1]
	for rest != "" {
		part, n := p.part(rest)
		if part == nil {
			return nil
		}
		rest = rest[n:]
		out = &Node{Kind: Binary, Place: t.place, Text: ".", Nodes: []*Node{out, part}, From: t.from, To: t.to}
	}
	p.at++
	return out
}

// part reads what a mixed text goes on with, and how many bytes that is: an expression, or text up to the next one.
func (p *parser) part(rest string) (part *Node, n int) {
	t := p.token()
	if strings.HasPrefix(rest, "{$") {
		if n = strings.IndexByte(rest, '}') + 1; n == 0 {
			return nil, 0
		}
		return p.within(rest[1:n-1], t), n
	}
	if m := inText.FindString(rest); m != "" {
		return p.within(bareKey.ReplaceAllString(m, "['$1']"), t), len(m)
	}
	for n = 1; n < len(rest) && !inText.MatchString(rest[n:]) && !strings.HasPrefix(rest[n:], "{$"); n++ {
		if rest[n-1] == '\\' {
			n++
		}
	}
	value, plain := unescape(rest[:min(n, len(rest))], `"`)
	if !plain {
		return nil, 0
	}
	return &Node{Kind: String, Place: t.place, Text: value, From: t.from, To: t.to}, min(n, len(rest))
}

// within parses an expression that stands in a text; nil when it is none. Its nodes are where the text is.
func (p *parser) within(source string, t token) *Node {
	if p.depth > MaxDepth {
		return nil
	}
	tokens, err := tokenize("<?php " + source + ";")
	if err != nil {
		return nil
	}
	partners, err := matchBrackets(tokens)
	if err != nil {
		return nil
	}
	for i := range tokens {
		tokens[i].place, tokens[i].from, tokens[i].to = t.place, t.from, t.to
	}
	inner := &parser{file: p.file, tokens: tokens, partners: partners, depth: p.depth + 1}
	n := inner.expression()
	if n.Kind == Opaque || !inner.is(";") {
		return nil
	}
	return n
}
