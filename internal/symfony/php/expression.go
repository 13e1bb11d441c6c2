package php

import (
	"slices"
	"strings"
)

// expression reads one expression; what is not understood is Opaque.
func (p *parser) expression() *Node {
	start := p.at
	p.depth++
	n := p.operation(0)
	p.depth--
	if n != nil && p.atDelimiter() {
		return n
	}
	p.at = start
	return p.opaque()
}

// atDelimiter reports whether an expression may end here.
func (p *parser) atDelimiter() bool {
	return p.atEnd() || isCloser(p.token()) || p.is(",") || p.is(";") || p.is("=>")
}

// opaque goes over an expression.
func (p *parser) opaque() *Node {
	n := &Node{Place: p.token().place, From: p.token().from}
	p.skipTo(",", ";", "=>")
	n.To = max(n.From, p.offset())
	return n
}

// node begins an expression at the present token.
func (p *parser) node(kind Kind, text string) *Node {
	return &Node{Kind: kind, Place: p.token().place, Text: text, From: p.token().from}
}

// finish ends an expression after the last token.
func (p *parser) finish(n *Node) *Node {
	n.To = p.offset()
	return n
}

// levels are the binary operators, those that bind least first (PHP 8). Ternaries bind as ?: here.
var levels = [][]string{
	{"=", "+=", "-=", "*=", "/=", ".=", "%=", "??=", "|=", "&=", "^="}, {"?"}, {"??"}, {"||"}, {"&&"}, {"|"}, {"^"}, {"&"},
	{"==", "!=", "===", "!==", "<>", "<=>"}, {"<", "<=", ">", ">="}, {"."}, {"<<", ">>"}, {"+", "-"}, {"*", "/", "%"},
}

const ternaryLevel = 1

// rightward reports whether operators of the level group to the right.
func rightward(level int) bool { return level == 0 || level == 2 }

// operation reads operators of the level and above; nil when there is something that it does not know.
func (p *parser) operation(level int) *Node {
	if p.depth++; p.depth > 8*MaxDepth {
		return nil
	}
	defer func() { p.depth-- }()
	if level == len(levels) {
		return p.unary()
	}
	left := p.operation(level + 1)
	for left != nil && p.token().kind == sign && slices.Contains(levels[level], p.token().text) {
		if level == ternaryLevel {
			left = p.ternary(left)
			continue
		}
		operator := p.token().text
		p.at++
		next := level + 1
		if rightward(level) {
			next = level
		}
		right := p.operation(next)
		if right == nil {
			return nil
		}
		left = p.finish(&Node{Kind: Binary, Place: left.Place, Text: operator, Nodes: []*Node{left, right}, From: left.From})
	}
	return left
}

func (p *parser) ternary(condition *Node) *Node {
	p.at++
	n := &Node{Kind: Ternary, Place: condition.Place, From: condition.From, Nodes: []*Node{condition, nil, nil}}
	if !p.is(":") {
		if n.Nodes[1] = p.operation(0); n.Nodes[1] == nil {
			return nil
		}
	}
	if !p.take(":") {
		return nil
	}
	if n.Nodes[2] = p.operation(ternaryLevel + 1); n.Nodes[2] == nil {
		return nil
	}
	return p.finish(n)
}

// casts are types in parentheses in front of a value.
var casts = []string{"int", "integer", "bool", "boolean", "string", "float", "double", "array", "object", "binary"}

func (p *parser) unary() *Node {
	if p.depth++; p.depth > 8*MaxDepth {
		return nil
	}
	defer func() { p.depth-- }()
	t := p.token()
	isCast := isSign(t, "(") && p.peek(1).kind == name && isSign(p.peek(2), ")") && slices.Contains(casts, strings.ToLower(p.peek(1).text))
	switch {
	case isSign(t, "-") && p.peek(1).kind == number:
		n := p.node(Number, "-"+p.peek(1).text)
		p.at += 2
		return p.finish(n)
	case isSign(t, "!"), isSign(t, "-"), isSign(t, "+"), isSign(t, "@"), isSign(t, "~"), isSign(t, "&"):
		n := p.node(Unary, t.text)
		p.at++
		return p.operand(n)
	case isCast:
		n := p.node(Unary, strings.ToLower(p.peek(1).text))
		p.at += 3
		return p.operand(n)
	}
	return p.postfix(p.primary())
}

func (p *parser) operand(n *Node) *Node {
	inner := p.unary()
	if inner == nil {
		return nil
	}
	n.Nodes = []*Node{inner}
	return p.finish(n)
}

// primary reads what an expression begins with.
func (p *parser) primary() *Node {
	t := p.token()
	switch {
	case t.kind == text:
		return p.single(String)
	case t.kind == mixedText:
		return p.mixed()
	case t.kind == number:
		return p.single(Number)
	case t.kind == variable:
		return p.single(Variable)
	case p.isWord("match") && isSign(p.peek(1), "("):
		return p.match()
	case p.is("["):
		return p.array()
	case p.is("("):
		return p.parenthesis()
	case p.is("#["), p.isWord("function", "fn"), p.isWord("static") && !isSign(p.peek(1), "::"):
		return p.closure()
	case p.isWord("array") && isSign(p.peek(1), "("):
		return p.array()
	case t.kind == name && isSign(p.peek(1), "(") && !p.isWord("exit", "die", "list", "eval", "include", "require"):
		n := p.node(Call, t.text)
		p.at++
		n.Nodes = p.arguments()
		return p.finish(n)
	case t.kind == name && !p.isWord("new", "clone", "throw", "yield", "print", "match", "include", "require", "include_once", "require_once"):
		return p.single(Name)
	}
	return nil
}

// single is an expression of one token.
func (p *parser) single(kind Kind) *Node {
	n := p.node(kind, p.token().text)
	p.at++
	return p.finish(n)
}

func (p *parser) parenthesis() *Node {
	stop := p.partners[p.at]
	p.at++
	n := p.expression()
	if p.at != stop || n.Kind == Opaque {
		return nil
	}
	p.at++
	return n
}

// array reads the items between brackets, or the parentheses after array.
func (p *parser) array() *Node {
	n := p.node(Array, "")
	p.takeWord("array")
	stop := p.partners[p.at]
	for p.at++; p.at < stop; p.take(",") {
		if p.is(",") {
			continue // list() leaves places out
		}
		n.Nodes = append(n.Nodes, p.item())
		if !p.is(",") && p.at < stop {
			return nil
		}
	}
	p.at = stop + 1
	return p.finish(n)
}

func (p *parser) item() *Node {
	if p.is("...") {
		n := p.node(Spread, "")
		p.at++
		n.Nodes = []*Node{p.expression()}
		return p.finish(n)
	}
	n := p.node(Item, "")
	n.Nodes = []*Node{p.expression()}
	if p.take("=>") {
		n.Nodes = append(n.Nodes, p.expression())
	}
	return p.finish(n)
}

// arguments reads those of a call.
func (p *parser) arguments() (all []*Node) {
	stop := p.partners[p.at]
	for p.at++; p.at < stop; p.take(",") {
		from := p.at
		all = append(all, p.argument())
		if p.at == from {
			break
		}
	}
	p.at = stop + 1
	return all
}

func (p *parser) argument() *Node {
	switch {
	case p.is("..."):
		return p.opaque()
	case p.token().kind == name && isSign(p.peek(1), ":"):
		n := p.node(Named, p.token().text)
		p.at += 2
		n.Nodes = []*Node{p.expression()}
		return p.finish(n)
	}
	return p.expression()
}

// closure reads function () {} and fn () => value, with static and attributes in front.
func (p *parser) closure() *Node {
	n := p.node(Closure, "")
	attributes := p.attributes()
	p.takeWord("static")
	switch {
	case p.takeWord("function"):
		n.Function = p.function(attributes)
	case p.takeWord("fn"):
		n.Function = p.function(attributes)
		if !p.take("=>") {
			return nil
		}
		value := p.expression()
		n.Function.Body = []Statement{{Kind: Return, Place: value.Place, Node: value, From: value.From, To: value.To}}
	default:
		return nil
	}
	return p.finish(n)
}

// match reads match (value) { a, b => c, default => d }.
func (p *parser) match() *Node {
	n := p.node(Match, "")
	p.at++
	stop := p.partners[p.at]
	p.at++
	n.Nodes = []*Node{p.expression()}
	if p.at != stop || !isSign(p.peek(1), "{") {
		return nil
	}
	p.at++
	stop = p.partners[p.at]
	for p.at++; p.at < stop; p.take(",") {
		from := p.at
		n.Nodes = append(n.Nodes, p.arm())
		if p.at == from {
			return nil
		}
	}
	p.at = stop + 1
	return p.finish(n)
}

func (p *parser) arm() *Node {
	n := p.node(Arm, "")
	n.Nodes = []*Node{nil}
	for !p.atEnd() && !p.is("=>") && !isCloser(p.token()) {
		if !p.takeWord("default") {
			n.Nodes = append(n.Nodes, p.expression())
		}
		if !p.take(",") {
			break
		}
	}
	p.take("=>")
	n.Nodes[0] = p.expression()
	return p.finish(n)
}

// postfix reads what follows a value: [key], ->property, ->method(), ::CONSTANT, ::method().
func (p *parser) postfix(n *Node) *Node {
	for n != nil {
		switch {
		case p.is("["):
			n = p.index(n)
		case p.is("->"), p.is("?->"):
			n = p.member(n)
		case p.is("::"):
			n = p.static(n)
		case p.is("("), p.is("++"), p.is("--"), p.isWord("instanceof"):
			return nil
		default:
			return n
		}
	}
	return nil
}

func (p *parser) index(n *Node) *Node {
	stop := p.partners[p.at]
	p.at++
	key := p.expression()
	if p.at != stop {
		return nil
	}
	p.at++
	return p.finish(&Node{Kind: Index, Place: n.Place, From: n.From, Nodes: []*Node{n, key}})
}

func (p *parser) member(n *Node) *Node {
	p.at++
	if p.token().kind != name {
		return nil
	}
	out := &Node{Kind: Property, Place: n.Place, From: n.From, Text: p.token().text, Nodes: []*Node{n}}
	p.at++
	if p.is("(") {
		out.Kind = MethodCall
		out.Nodes = append(out.Nodes, p.arguments()...)
	}
	return p.finish(out)
}

func (p *parser) static(n *Node) *Node {
	p.at++
	if p.token().kind != name || n.Kind != Name {
		return nil
	}
	out := &Node{Kind: ClassConst, Place: n.Place, From: n.From, Text: p.token().text, Nodes: []*Node{n}}
	p.at++
	if p.is("(") {
		out.Kind = StaticCall
		out.Nodes = append(out.Nodes, p.arguments()...)
	}
	return p.finish(out)
}
