package phpserialize

// Resumed reports whether the latest slashed value was read from behind the head.
func (p *Parser) Resumed() bool { return p.head.resumed }
