package symfony

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"envelog/internal/symfony/php"
)

// A configurator goes through a PHP file of configuration, or through a method of the kernel, and does what it says of
// parameters, extensions and imports as far as that is literal. A statement that may say more becomes an unread one.
type configurator struct {
	*script
	loader  *loader
	dir     string                 // that its relative imports are in: of the file, or of the kernel's own file
	objects map[string]bool        // variables that hold a ContainerConfigurator, a ContainerBuilder or a loader
	quiet   map[string]bool        // variables that hold services, which configure nothing that is read here
	nodes   map[string]*configNode // variables that hold a part of a FrameworkConfig, DoctrineConfig, ...
}

func newConfigurator(s *script, l *loader) *configurator {
	dir := filepath.Dir(s.path)
	if s.class != nil {
		dir = filepath.Dir(s.app.kernelOr(s).path) // wherever the method is (MicroKernelTrait::registerContainerConfiguration)
	}
	return &configurator{script: s, loader: l, dir: dir, objects: map[string]bool{}, quiet: map[string]bool{}, nodes: map[string]*configNode{}}
}

// php reads one PHP file: return [...], return App::config([...]), return function (...) {...}, or statements.
func (l *loader) php(path, name string, content []byte) error {
	if slices.Contains(l.loading, name) {
		return invalid(Position{File: name}, "files import each other in a circle: %s", strings.Join(l.loading, ", "))
	}
	s := &script{app: l.app, path: path, name: name, vars: map[string]*value{}}
	var err error
	if s.file, err = php.Parse(string(content)); err != nil {
		return s.syntaxError(err)
	}
	l.files = append(l.files, name)
	l.loading = append(l.loading, name)
	defer func() { l.loading = l.loading[:len(l.loading)-1] }()
	c := newConfigurator(s, l)
	c.objects["container"], c.objects["loader"] = true, true
	c.statements(s.file.Statements)
	return nil
}

// statements goes through statements, up to the return that is reached.
func (c *configurator) statements(all []php.Statement) (returned bool) {
	for _, one := range all {
		switch one.Kind {
		case php.Return:
			c.returned(one)
			return true
		case php.Expression:
			c.expression(one)
		case php.Block:
			returned = c.statements(one.Then)
		case php.If:
			returned = c.condition(one)
		default:
			c.unread(one)
		}
		if returned {
			return true
		}
	}
	return false
}

func (c *configurator) condition(s php.Statement) (returned bool) {
	condition := c.eval(s.Node)
	switch {
	case condition.kind == opaque:
		c.unread(s)
		return false
	case isTrue(condition):
		return c.statements(s.Then)
	}
	return c.statements(s.Else)
}

// mayConfigure is in statements that may say something about what is read here.
var mayConfigure = regexp.MustCompile(`(?i)messenger|dbal|import|->load\(|extension|setParameter|\brequire\b|\binclude\b`)

// unread keeps a statement that is not understood, if it may say something.
func (c *configurator) unread(s php.Statement) {
	source := c.file.Source(s.From, s.To)
	c.forget(s.From, s.To)
	may := mayConfigure.MatchString(source) || c.worksOn(source)
	hands := c.handsOver(source)
	if !may && !hands {
		return
	}
	first, _, _ := strings.Cut(source, "\n")
	c.loader.unread = append(c.loader.unread, unread{
		Position: c.at(s.Place), content: []byte(source), adds: !may || loads.MatchString(source),
		err: problem{"only PHP knows what " + excerpt(strings.TrimRight(first, " ;{\r")) + " does", ErrNeedsPHP},
	})
}

// handsOver reports whether a statement gives the container to something else.
func (c *configurator) handsOver(source string) bool {
	for _, m := range given.FindAllStringSubmatch(source, -1) {
		if c.objects[m[1]] {
			return true
		}
	}
	return false
}

// worksOn reports whether a part of the configuration is in a statement.
func (c *configurator) worksOn(source string) bool {
	for _, m := range mentioned.FindAllStringSubmatch(source, -1) {
		if node := c.nodes[m[1]]; node != nil && slices.Contains([]string{"framework", "messenger", "transport", "doctrine", "dbal", "connection"}, node.schema) {
			return true
		}
	}
	return false
}

// given are variables that stand as arguments.
var given = regexp.MustCompile(`[(,]\s*\$(\w+)\s*[,)]`)

// loads is in statements that bring other files.
var loads = regexp.MustCompile(`(?i)import\(|->load\(|\brequire\b|\binclude\b`)

// returned is what a file of configuration returns.
func (c *configurator) returned(s php.Statement) {
	n := s.Node
	if n != nil && n.Kind == php.StaticCall && n.Text == "config" && len(n.Nodes) == 2 { // App::config([...]), Symfony 7.4
		n = n.Nodes[1]
	}
	switch {
	case n == nil:
	case n.Kind == php.Closure:
		c.closure(n.Function)
	case n.Kind == php.MethodCall: // of fn (...) => ...
		c.expression(s)
	case n.Kind == php.Array || n.Kind == php.Variable:
		tree := c.eval(n)
		if tree.kind == list && len(tree.items) == 0 || tree.isNull() {
			return
		}
		if tree.kind != dict {
			c.unread(s)
			return
		}
		if err := c.loader.tree(c.path, tree); err != nil {
			c.loader.unread = append(c.loader.unread, unread{Position: c.at(s.Place), err: err})
		}
	default:
		c.unread(s)
	}
}

// closure is function (ContainerConfigurator $container, FrameworkConfig $framework, string $env) {...}.
func (c *configurator) closure(f *php.Function) {
	if !c.applies(f.Attributes) {
		return
	}
	inner := newConfigurator(c.script, c.loader)
	outer := c.vars
	c.vars = map[string]*value{}
	for name, v := range outer {
		c.vars[name] = v
	}
	var roots []*configNode
	for _, p := range f.Parameters {
		kind := p.Type[strings.LastIndexByte(p.Type, '\\')+1:]
		alias, isConfig := strings.CutSuffix(kind, "Config")
		switch {
		case kind == "string" && p.Name == "env":
			c.vars["env"] = &value{data: c.app.Env}
		case isConfig && alias != "":
			root := &configNode{tree: &value{kind: dict, at: c.at(f.Place)}, schema: snakeCase(alias)}
			inner.nodes[p.Name] = root
			roots = append(roots, root)
		default:
			inner.objects[p.Name] = true
		}
	}
	inner.statements(f.Body)
	for _, root := range roots {
		if len(root.tree.keys) > 0 {
			c.loader.extensions[root.schema] = append(c.loader.extensions[root.schema], root.tree)
		}
	}
	c.vars = outer
}

// applies reports whether #[When(env)] and #[WhenNot(env)] want the closure to be called (PhpFileLoader::callConfigurator).
func (c *configurator) applies(attributes []php.Attribute) bool {
	wanted, when := false, false
	for _, a := range attributes {
		name := a.Name[strings.LastIndexByte(a.Name, '\\')+1:]
		env := c.argument(a, "env", 0)
		matches := env != nil && env.data == c.app.Env
		switch name {
		case "When":
			when, wanted = true, wanted || matches
		case "WhenNot":
			if matches {
				return false
			}
		}
	}
	return wanted || !when
}

// expression does what one expression says.
func (c *configurator) expression(s php.Statement) {
	n := s.Node
	if _, is := assignment(n); is {
		c.assignment(s, n.Nodes[0].Text, n.Nodes[1])
		return
	}
	if n.Kind == php.Opaque {
		c.requires(s)
		return
	}
	if base, _ := chain(n); base.Kind == php.Variable && c.quiet[base.Text] {
		return
	}
	if !c.builds(n) && !c.container(n) && !c.inlined(n) {
		c.unread(s)
	}
}

func (c *configurator) assignment(s php.Statement, name string, to *php.Node) {
	if node := c.node(to); node != nil {
		c.nodes[name] = node
		return
	}
	if base, _ := chain(to); base != nil && base.Kind == php.Variable && (c.objects[base.Text] || c.quiet[base.Text]) {
		c.quiet[name] = c.container(to) || c.quiet[base.Text] // $services = $container->services(), and the like
		return
	}
	c.assign(s.Node)
	if v := c.vars[name]; v == nil || v.kind == opaque {
		c.unread(s)
		c.vars[name] = v
	}
}

// required is (require $path)($container->withPath($path), $this), which a kernel has for services.php.
var required = regexp.MustCompile(`^\(?\s*(?:require|include)(?:_once)?\s*\(?\s*\$(\w+)\s*\)`)

func (c *configurator) requires(s php.Statement) {
	m := required.FindStringSubmatch(c.file.Source(s.From, s.To))
	if m == nil || c.vars[m[1]] == nil || c.vars[m[1]].kind != scalar {
		c.unread(s)
		return
	}
	c.loader.importFile(phpString(c.vars[m[1]].data), c.at(s.Place), false)
}

// chain returns what a chain of method calls begins with, and its calls in their order.
func chain(n *php.Node) (base *php.Node, calls []*php.Node) {
	for n.Kind == php.MethodCall {
		calls = append(calls, n)
		n = n.Nodes[0]
	}
	slices.Reverse(calls)
	return n, calls
}

// container does what a call on the container or a loader says; false when it is none, or not understood.
func (c *configurator) container(n *php.Node) bool {
	base, calls := chain(n)
	if base.Kind != php.Variable || !c.objects[base.Text] || len(calls) == 0 {
		return false
	}
	if calls[0].Text == "parameters" {
		for _, call := range calls[1:] {
			if call.Text == "set" {
				c.parameter(call)
			}
		}
		return true
	}
	for _, call := range calls {
		switch call.Text {
		case "withPath", "withExtensionNamespace":
		case "import", "load":
			if !c.imports(call) {
				return false
			}
		case "extension", "loadFromExtension", "prependExtensionConfig":
			if !c.extension(call) {
				return false
			}
		case "setParameter":
			c.parameter(call)
		default:
			return !mayConfigure.MatchString(call.Text) // $container->services(), registerForAutoconfiguration(), ...
		}
	}
	return true
}

// given returns the argument of a call by its name or its place; nil when it is not there.
func (c *configurator) given(call *php.Node, name string, place int) *value {
	for i, n := range call.Nodes[1:] {
		switch {
		case n.Kind == php.Named && n.Text == name:
			return c.eval(n.Nodes[0])
		case n.Kind != php.Named && i == place:
			return c.eval(n)
		}
	}
	return nil
}

func (c *configurator) parameter(call *php.Node) {
	name, v := c.given(call, "name", 0), c.given(call, "value", 1)
	if name != nil && name.kind == scalar && v != nil {
		c.loader.parameters[phpString(name.data)] = v
	}
}

func (c *configurator) extension(call *php.Node) bool {
	name, config := c.given(call, "namespace", 0), c.given(call, "config", 1)
	if name == nil || name.kind != scalar || config == nil {
		return false
	}
	key := phpString(name.data)
	if config.kind == list && len(config.items) == 0 {
		return true
	}
	if config.kind != dict {
		return key != "framework" && key != "doctrine"
	}
	prepend := c.given(call, "prepend", 2)
	if call.Text == "prependExtensionConfig" || prepend != nil && isTrue(prepend) {
		c.loader.extensions[key] = slices.Insert(c.loader.extensions[key], 0, config)
		return true
	}
	c.loader.extensions[key] = append(c.loader.extensions[key], config)
	return true
}

// imports follows import($resource, $type, $ignoreErrors), and load($resource, $type).
func (c *configurator) imports(call *php.Node) bool {
	if len(call.Nodes) > 1 && call.Nodes[1].Kind == php.Closure { // $loader->load(function (ContainerBuilder $container) {...})
		c.closure(call.Nodes[1].Function)
		return true
	}
	resource := c.given(call, "resource", 0)
	if resource == nil || resource.kind != scalar {
		return false
	}
	o := importing{at: c.at(call.Place)}
	if kind := c.given(call, "type", 1); kind != nil {
		o.directory = kind.data == "directory"
		if kind.data == "service" || kind.data == "attribute" {
			return true
		}
	}
	if ignore := c.given(call, "ignoreErrors", 2); ignore != nil && call.Text == "import" {
		o.ignoreErrors, o.ignoreMissing = ignore.data == true, ignore.data == "not_found"
	}
	c.loader.importResource(c.dir, phpString(resource.data), o)
	return true
}

// inlined goes into $this->method($container) and parent::method($container) of a kernel; false when it is neither.
func (c *configurator) inlined(n *php.Node) bool {
	if c.class == nil {
		return false
	}
	isOwn := n.Kind == php.MethodCall && n.Nodes[0].Kind == php.Variable && n.Nodes[0].Text == "this"
	isParent := n.Kind == php.StaticCall && strings.EqualFold(n.Nodes[0].Text, "parent")
	if !isOwn && !isParent || c.depth > maxNesting {
		return false
	}
	from := c.script
	if isParent {
		from = c.parent()
	}
	owner, method := from.findMethod(n.Text)
	switch {
	case method == nil && isLoading(from.aliasOf(n.Text)):
		c.loader.usual()
		return true
	case method == nil || len(method.Parameters) < len(n.Nodes)-1:
		return false
	}
	inner := newConfigurator(&script{app: c.app, path: owner.path, name: owner.name, file: owner.file, class: owner.class, vars: map[string]*value{}, depth: c.depth + 1}, c.loader)
	for i, argument := range n.Nodes[1:] {
		name := method.Parameters[i].Name
		if argument.Kind == php.Variable && c.objects[argument.Text] {
			inner.objects[name] = true
		} else {
			inner.vars[name] = c.eval(argument)
		}
	}
	inner.statements(method.Body)
	return true
}

// builds does what a call on a part of a FrameworkConfig says; false when it is none.
func (c *configurator) builds(n *php.Node) bool { return c.node(n) != nil }

// snakeCase writes retryStrategy as retry_strategy.
func snakeCase(name string) string {
	var b strings.Builder
	for i, r := range name {
		if 'A' <= r && r <= 'Z' {
			if i > 0 {
				b.WriteByte('_')
			}
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}
