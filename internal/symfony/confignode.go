package symfony

import "envelog/internal/symfony/php"

// A configNode is a part of a configuration that is built by methods, as $framework->messenger()->transport('async')
// (symfony/config, Builder/ConfigBuilderGenerator.php).
type configNode struct {
	tree   *value // a dict
	schema string // what it is; "" for what does not matter here
}

// A child is what a method of a node leads to.
type child struct {
	key    string // in the tree
	schema string
	named  bool // the first argument is a name below the key
}

// children are the parts that matter, by what they are part of and by method, in snake case.
func children(schema, method string) (child, bool) {
	all := map[string]map[string]child{
		"framework": {"messenger": {key: "messenger", schema: "messenger"}},
		"messenger": {
			"transport":  {"transports", "transport", true},
			"routing":    {"routing", "route", true},
			"bus":        {"buses", "bus", true},
			"serializer": {key: "serializer", schema: "serializer"},
		},
		"transport": {
			"retry_strategy": {key: "retry_strategy", schema: "retry_strategy"},
			"option":         {"options", "option", true},
		},
		"doctrine": {"dbal": {key: "dbal", schema: "dbal"}},
		"dbal":     {"connection": {"connections", "connection", true}},
	}
	c, found := all[schema][method]
	return c, found
}

// node returns the node that an expression stands for, after doing what its calls say; nil when it is no node.
func (c *configurator) node(n *php.Node) *configNode {
	switch n.Kind {
	case php.Variable:
		return c.nodes[n.Text]
	case php.MethodCall:
		if parent := c.node(n.Nodes[0]); parent != nil {
			return c.call(parent, n)
		}
	}
	return nil
}

// call does what one method of a node says, and returns the node that the next one is called on.
func (c *configurator) call(parent *configNode, n *php.Node) *configNode {
	key := snakeCase(n.Text)
	var arguments []*value
	for _, argument := range n.Nodes[1:] {
		if argument.Kind == php.Named {
			argument = argument.Nodes[0]
		}
		arguments = append(arguments, c.eval(argument))
	}
	to, known := children(parent.schema, key)
	switch {
	case known && to.named:
		return c.namedChild(parent, to, n, arguments)
	case known:
		return c.section(parent, to, n, arguments)
	case len(arguments) == 1 && parent.schema != "" && (parent.schema != "framework" || arguments[0].kind == scalar):
		parent.tree.set(key, arguments[0])
		return parent
	}
	return &configNode{tree: &value{kind: dict}}
}

// section is ->messenger(), ->messenger([...]) and ->messenger(false).
func (c *configurator) section(parent *configNode, to child, n *php.Node, arguments []*value) *configNode {
	if len(arguments) == 1 && arguments[0].kind != dict && arguments[0].kind != list {
		parent.tree.set(to.key, arguments[0])
		return parent
	}
	at := parent.tree.item(to.key)
	if at == nil || at.kind != dict {
		at = &value{at: c.at(n.Place), kind: dict}
		parent.tree.set(to.key, at)
	}
	if len(arguments) == 1 {
		at.merge(arguments[0])
	}
	return &configNode{at, to.schema}
}

// namedChild is ->transport('async'), ->transport('async', [...]) and ->transport('async', 'redis://...').
func (c *configurator) namedChild(parent *configNode, to child, n *php.Node, arguments []*value) *configNode {
	all := parent.tree.item(to.key)
	if all == nil || all.kind != dict {
		all = &value{at: c.at(n.Place), kind: dict}
		parent.tree.set(to.key, all)
	}
	if len(arguments) == 0 || arguments[0].kind != scalar {
		all.set("? "+c.at(n.Place).String(), c.unknown(n))
		return &configNode{tree: &value{kind: dict}}
	}
	name := phpString(arguments[0].data)
	if len(arguments) == 2 && arguments[1].kind != dict {
		all.set(name, arguments[1])
		return parent
	}
	at := all.item(name)
	if at == nil || at.kind != dict {
		at = &value{at: c.at(n.Place), kind: dict}
		all.set(name, at)
	}
	if len(arguments) == 2 {
		at.merge(arguments[1])
	}
	return &configNode{at, to.schema}
}
