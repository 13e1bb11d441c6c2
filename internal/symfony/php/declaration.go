package php

import "strings"

// modifiers stand in front of classes and their members.
var modifiers = []string{"abstract", "final", "readonly", "public", "protected", "private", "static", "var"}

// declaration reads what stands at the top of a file.
func (p *parser) declaration() {
	start := p.at
	attributes := p.attributes()
	abstract := p.skipModifiers()
	kind := strings.ToLower(p.token().text)
	switch {
	case p.isWord("class", "interface", "trait", "enum") && p.peek(1).kind == name:
		p.at++
		p.class(kind, abstract, attributes)
	case p.at == start && p.takeWord("namespace") && p.token().kind == name:
		p.file.Namespace = p.token().text
		p.at++
		p.namespaceBody()
	case p.at == start+1 && p.is("{"): // namespace { ... }, the global one
		p.file.Namespace = ""
		p.namespaceBody()
	case p.at == start && p.takeWord("use"):
		p.imports()
	default:
		p.at = start
		p.file.Statements = append(p.file.Statements, p.statement())
	}
}

// namespaceBody reads the declarations in braces, if there are any.
func (p *parser) namespaceBody() {
	if !p.is("{") {
		p.take(";")
		return
	}
	stop := p.partners[p.at]
	for p.at++; p.at < stop; {
		p.declaration()
	}
	p.at = stop + 1
}

// imports reads use A\B, A\C as D, A\{E, F as G}; functions and constants are left out.
func (p *parser) imports() {
	if p.takeWord("function", "const") {
		p.skipTo(";")
		p.take(";")
		return
	}
	for p.token().kind == name {
		full := strings.TrimPrefix(p.token().text, `\`)
		p.at++
		if isSign(p.token(), `\`) && isSign(p.peek(1), "{") {
			p.at += 2
			for p.token().kind == name {
				inner := p.token().text
				p.at++
				p.importOne(full + `\` + inner)
				p.take(",")
			}
			p.skipTo()
			p.take("}")
		} else {
			p.importOne(full)
		}
		if !p.take(",") {
			break
		}
	}
	p.skipTo(";")
	p.take(";")
}

// importOne keeps one class under its last part, or under the name after as.
func (p *parser) importOne(full string) {
	short := full[strings.LastIndexByte(full, '\\')+1:]
	if p.takeWord("as") && p.token().kind == name {
		short = p.token().text
		p.at++
	}
	p.file.Imports[strings.ToLower(short)] = full
}

// skipModifiers goes over abstract, final and the like, and reports whether abstract is one of them.
func (p *parser) skipModifiers() (abstract bool) {
	for p.isWord(modifiers...) {
		abstract = p.isWord("abstract") || abstract
		p.at++
	}
	return abstract
}

// attributes reads #[A, B(x)] as often as they come.
func (p *parser) attributes() (all []Attribute) {
	for p.is("#[") {
		stop := p.partners[p.at]
		for p.at++; p.at < stop; {
			a := Attribute{Name: p.token().text, Place: p.token().place}
			if p.token().kind != name {
				break
			}
			p.at++
			if p.is("(") {
				a.Arguments = p.arguments()
			}
			all = append(all, a)
			p.skipTo(",")
			p.take(",")
		}
		p.at = stop + 1
	}
	return all
}

func (p *parser) class(kind string, abstract bool, attributes []Attribute) {
	c := Class{Kind: kind, Place: p.token().place, Abstract: abstract, Attributes: attributes, Constants: map[string]*Node{}, Cases: map[string]*Node{}}
	c.Name = join(p.file.Namespace, p.token().text)
	p.at++
	if p.take(":") { // the type of an enum
		p.at++
	}
	if p.takeWord("extends") {
		c.Extends = p.file.resolveAll(p.names())
	}
	if p.takeWord("implements") {
		c.Implements = p.file.resolveAll(p.names())
	}
	p.skipTo("{", ";")
	if p.is("{") {
		p.members(&c)
	}
	p.file.Classes = append(p.file.Classes, c)
}

func (p *parser) names() (all []string) {
	for p.token().kind == name {
		all = append(all, p.token().text)
		p.at++
		if !p.take(",") {
			break
		}
	}
	return all
}

// members reads the methods and constants in a class's braces.
func (p *parser) members(c *Class) {
	stop := p.partners[p.at]
	for p.at++; p.at < stop; {
		attributes := p.attributes()
		p.skipModifiers()
		switch {
		case p.takeWord("function"):
			c.Methods = append(c.Methods, *p.function(attributes))
		case p.takeWord("const"):
			p.constants(c.Constants)
		case c.Kind == "enum" && p.takeWord("case"):
			p.constants(c.Cases)
		case p.takeWord("use"):
			p.traits(c)
		default:
			p.skipTo(";", "{")
			if p.is("{") {
				p.skipBracket()
			} else if !p.take(";") {
				p.at = stop
			}
		}
	}
	p.at = stop + 1
}

// traits reads use A, B; and use A { m as n; A::m as private n; A::m insteadof B; }.
func (p *parser) traits(c *Class) {
	c.Traits = append(c.Traits, p.file.resolveAll(p.names())...)
	if !p.is("{") {
		p.skipTo(";")
		p.take(";")
		return
	}
	stop := p.partners[p.at]
	for p.at++; p.at < stop; {
		p.alias(c)
		p.skipTo(";")
		if !p.take(";") {
			break
		}
	}
	p.at = stop + 1
}

func (p *parser) alias(c *Class) {
	a := Alias{Method: p.token().text}
	p.at++
	if p.take("::") {
		a.Trait, a.Method = p.file.Resolve(a.Method), p.token().text
		p.at++
	}
	if p.takeWord("insteadof") {
		for _, trait := range p.file.resolveAll(p.names()) {
			c.Excluded = append(c.Excluded, Alias{Method: a.Method, Trait: trait})
		}
	}
	if !p.takeWord("as") {
		return
	}
	p.skipModifiers()
	if p.token().kind == name {
		a.Name = p.token().text
		c.Aliases = append(c.Aliases, a)
	}
}

// constants reads const A = 1, B = 2; with a type or without, and case A = 1;.
func (p *parser) constants(into map[string]*Node) {
	for {
		for p.token().kind == name && p.peek(1).kind == name || isSign(p.peek(1), "|") || p.is("?") {
			p.at++ // a type
		}
		constant := p.token()
		if constant.kind != name {
			break
		}
		p.at++
		if !p.take("=") {
			break
		}
		into[constant.text] = p.expression()
		if !p.take(",") {
			break
		}
	}
	p.skipTo(";")
	p.take(";")
}

// function reads what follows the keyword.
func (p *parser) function(attributes []Attribute) *Function {
	f := &Function{Place: p.token().place, Attributes: attributes}
	p.take("&")
	if p.token().kind == name && isSign(p.peek(1), "(") {
		f.Name = p.token().text
		p.at++
	}
	if p.is("(") {
		f.Parameters = p.parameters()
	}
	if p.takeWord("use") && p.is("(") {
		p.skipBracket()
	}
	if p.take(":") {
		for p.token().kind == name || p.is("?") || p.is("|") || p.is("&") || p.is("(") || p.is(")") {
			p.at++
		}
	}
	if p.is("{") {
		f.Body = p.block()
	} else {
		p.take(";")
	}
	return f
}

func (p *parser) parameters() (all []Parameter) {
	stop := p.partners[p.at]
	for p.at++; p.at < stop; {
		p.attributes()
		one := Parameter{}
		var words []string
		for p.at < stop && p.token().kind != variable && !p.is(",") {
			if p.token().kind == name && !p.isWord(modifiers...) {
				words = append(words, p.token().text)
			}
			p.at++
		}
		if len(words) == 1 {
			one.Type = words[0]
		}
		if p.at < stop && p.token().kind == variable {
			one.Name = p.token().text
			all = append(all, one)
		}
		p.skipTo(",")
		p.take(",")
	}
	p.at = stop + 1
	return all
}
