package php

// block reads statements in braces.
func (p *parser) block() (statements []Statement) {
	stop := p.partners[p.at]
	statements = []Statement{}
	for p.at++; p.at < stop; {
		statements = append(statements, p.statement())
	}
	p.at = stop + 1
	return statements
}

// statement reads one statement; it always goes on by a token at least.
func (p *parser) statement() Statement {
	start := p.at
	s := Statement{Place: p.token().place, From: p.token().from}
	if p.depth++; p.depth > MaxDepth {
		p.skipStatement()
	} else {
		p.statementInto(&s)
	}
	p.depth--
	if p.at == start && !p.atEnd() {
		p.at++
	}
	s.To = p.offset()
	return s
}

func (p *parser) statementInto(s *Statement) {
	switch {
	case p.is("{"):
		s.Kind, s.Then = Block, p.block()
	case p.takeWord("return"):
		s.Kind = Return
		if !p.is(";") && !p.atEnd() {
			s.Node = p.expression()
		}
		p.take(";")
	case p.isWord("if") && isSign(p.peek(1), "("):
		p.at++
		p.condition(s)
	case p.isOther():
		p.skipStatement()
	default:
		s.Kind, s.Node = Expression, p.expression()
		p.take(";")
	}
}

// condition reads if (...) ... else ...; the form with colons is left out.
func (p *parser) condition(s *Statement) {
	stop := p.partners[p.at]
	p.at++
	condition := p.expression()
	p.at = stop + 1
	if p.is(":") {
		for !p.atEnd() && !p.isWord("endif") && !isCloser(p.token()) {
			p.skipStatement()
		}
		p.skipStatement()
		return
	}
	s.Kind, s.Node = If, condition
	s.Then = p.branch()
	switch {
	case p.isWord("elseif"), p.isWord("else") && p.peek(1).kind == name && p.peek(1).text == "if":
		p.takeWord("else")
		inner := Statement{Place: p.token().place, From: p.token().from}
		p.at++
		if p.is("(") {
			p.condition(&inner)
		}
		inner.To = p.offset()
		s.Else = []Statement{inner}
	case p.takeWord("else"):
		s.Else = p.branch()
	}
}

func (p *parser) branch() []Statement {
	if p.is("{") {
		return p.block()
	}
	return []Statement{p.statement()}
}

// isOther reports whether a statement begins here that is none of an expression.
func (p *parser) isOther() bool {
	if p.isWord("function") {
		return p.peek(1).kind == name || isSign(p.peek(1), "&") && p.peek(2).kind == name
	}
	if p.isWord("static") {
		return p.peek(1).kind == variable
	}
	return p.isWord("for", "foreach", "while", "do", "switch", "try", "throw", "echo", "global", "unset", "declare", "const",
		"goto", "break", "continue", "yield", "abstract", "final", "readonly", "class", "interface", "trait", "enum", "use", "namespace", "if")
}

// skipStatement moves past a statement: its semicolon, or its last block.
func (p *parser) skipStatement() {
	for {
		p.skipTo(";", "{")
		if !p.is("{") {
			p.take(";")
			return
		}
		p.skipBracket()
		if !p.isWord("catch", "finally", "else", "elseif", "while") {
			return
		}
	}
}
