package symfony

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"envelog/internal/symfony/php"
)

// A script is one PHP source file of the application whose expressions are evaluated as far as they are literals, paths,
// variables of the environment and methods of the kernel. What is more than that becomes an opaque value.
type script struct {
	app   *Application
	path  string    // absolute
	name  string    // as errors show it
	file  *php.File // what is in it
	class *php.Class
	vars  map[string]*value
	depth int
}

// openScript reads a source file; at most maxFile bytes.
func (a *Application) openScript(path string) (*script, error) {
	content, err := readFile(path)
	if err != nil {
		return nil, err
	}
	s := &script{app: a, path: path, name: relativeTo(a.Dir, path), vars: map[string]*value{}}
	if s.file, err = php.Parse(string(content)); err != nil {
		return nil, s.syntaxError(err)
	}
	return s, nil
}

func (s *script) syntaxError(err error) error {
	if e, is := err.(*php.Error); is { //nolint:errorlint // php.Parse wraps nothing
		return invalid(Position{s.name, e.Line, e.Column}, "the PHP cannot be read: %s", e.Text)
	}
	return err
}

func (s *script) at(p php.Place) Position { return Position{s.name, p.Line, p.Column} }

// unknown is the value of an expression that only PHP can evaluate.
func (s *script) unknown(n *php.Node) *value {
	first, _, more := strings.Cut(s.file.Source(n.From, n.To), "\n")
	shown := excerpt(first)
	if more && !strings.HasSuffix(shown, "...") {
		shown += "..."
	}
	return &value{at: s.at(n.Place), kind: opaque, needs: "the value of " + shown}
}

// phpText is a text in PHP's source; a file's name may be shown, while any other may be a password.
var (
	phpText  = regexp.MustCompile(`'(?:[^'\\]|\\.)*(?:'|$)|"(?:[^"\\]|\\.)*(?:"|$)`)
	fileName = regexp.MustCompile(`^['"][\w./*{},-]+\.(?:php|ya?ml|xml|\*|\{[\w,]+\})['"]$`)
)

// excerpt returns the beginning of a line of PHP, as errors show it.
func excerpt(source string) string {
	shown := phpText.ReplaceAllStringFunc(source, func(text string) string {
		if fileName.MatchString(text) {
			return text
		}
		return "'...'"
	})
	if len(shown) > 60 {
		return strings.ToValidUTF8(shown[:60], "") + "..."
	}
	return shown
}

// eval returns the value of an expression.
func (s *script) eval(n *php.Node) *value {
	if s.depth++; s.depth > maxNesting {
		s.depth--
		return s.unknown(n)
	}
	v := s.evalKind(n)
	s.depth--
	if v == nil {
		return s.unknown(n)
	}
	return v
}

// evalKind is eval; nil when only PHP knows.
func (s *script) evalKind(n *php.Node) *value {
	switch n.Kind {
	case php.String:
		return s.scalar(n, n.Text)
	case php.Number:
		return s.number(n)
	case php.Name:
		return s.constant(n)
	case php.ClassConst:
		return s.classConstant(n)
	case php.Variable:
		return s.vars[n.Text]
	case php.Array:
		return s.array(n)
	case php.Index:
		return s.index(n)
	case php.Property:
		return s.property(n)
	case php.Call:
		return s.call(n)
	case php.MethodCall:
		return s.method(n)
	case php.StaticCall:
		return s.staticCall(n)
	case php.Binary:
		return s.binary(n)
	case php.Unary:
		return s.unary(n)
	case php.Ternary:
		return s.ternary(n)
	case php.Match:
		return s.match(n)
	}
	return nil
}

func (s *script) scalar(n *php.Node, data any) *value { return &value{at: s.at(n.Place), data: data} }

func (s *script) number(n *php.Node) *value {
	if i, err := strconv.ParseInt(n.Text, 0, 64); err == nil {
		return s.scalar(n, i)
	}
	if f, err := strconv.ParseFloat(strings.ReplaceAll(n.Text, "_", ""), 64); err == nil {
		return s.scalar(n, f)
	}
	return nil
}

func (s *script) constant(n *php.Node) *value {
	switch strings.ToLower(strings.TrimPrefix(n.Text, `\`)) {
	case "true":
		return s.scalar(n, true)
	case "false":
		return s.scalar(n, false)
	case "null":
		return s.scalar(n, nil)
	case "__dir__":
		return s.scalar(n, filepath.Dir(s.path))
	case "__file__":
		return s.scalar(n, s.path)
	}
	if data, known := phpConstant(n.Text); known {
		return s.scalar(n, data)
	}
	return nil
}

// classConstant is Foo::class, self::NAME, or a constant of another class whose source is found.
func (s *script) classConstant(n *php.Node) *value {
	class := n.Nodes[0].Text
	own := s.class != nil && (strings.EqualFold(class, "self") || strings.EqualFold(class, "static"))
	switch {
	case own && n.Text == "class":
		return s.scalar(n, s.class.Name)
	case own:
		class = `\` + s.class.Name
	case n.Text == "class":
		return s.scalar(n, s.file.Resolve(class))
	}
	full := s.file.Resolve(class)
	if constant := s.constantHere(full, n.Text); constant != nil {
		return s.eval(constant)
	}
	if data, known := phpConstant(full + "::" + n.Text); known {
		return s.scalar(n, data)
	}
	if v := s.app.classConstant(full, n.Text, s.depth); v != nil && v.kind != opaque {
		out := *v
		out.at = s.at(n.Place)
		return &out
	}
	return nil
}

// constantHere returns a constant of a class that is in the same file; nil for others.
func (s *script) constantHere(class, name string) *php.Node {
	if c := s.file.Class(class); c != nil {
		return c.Constants[name]
	}
	return nil
}

// array makes a list of [1, 2], and a dict of anything with keys. An item with a key that only PHP knows is opaque under
// the key "?".
func (s *script) array(n *php.Node) *value {
	out := &value{at: s.at(n.Place), kind: list}
	next := int64(0)
	for i, item := range n.Nodes {
		switch {
		case item.Kind == php.Spread:
			from := s.eval(item.Nodes[0])
			if !from.isArray() { // it may also have other items in the place of those before it
				out.toDict()
				for before := range out.items {
					if out.items[before].kind != opaque {
						out.items[before] = s.unknown(item)
					}
				}
				out.set(fmt.Sprintf("? %d", i), s.unknown(item))
				continue
			}
			next = out.spread(from, next)
		case len(item.Nodes) == 1 && out.kind == list:
			out.items = append(out.items, s.eval(item.Nodes[0]))
			next++
		case len(item.Nodes) == 1:
			out.set(strconv.FormatInt(next, 10), s.eval(item.Nodes[0]))
			next++
		default:
			out.toDict()
			key := s.eval(item.Nodes[0])
			if key.kind != scalar {
				out.set(fmt.Sprintf("? %d", i), s.unknown(item))
				continue
			}
			if number, is := key.data.(int64); is {
				next = max(next, number+1)
			}
			out.set(phpString(key.data), s.eval(item.Nodes[1]))
		}
	}
	return out
}

// spread adds the items of an array as array_merge does: those with numbers get the next ones.
func (v *value) spread(from *value, next int64) int64 {
	for i, item := range from.items {
		isNumber := from.kind == list
		if !isNumber {
			_, err := strconv.ParseInt(from.keys[i], 10, 64)
			isNumber = err == nil
		}
		switch {
		case isNumber && v.kind == list:
			v.items = append(v.items, item)
			next++
		case isNumber:
			v.set(strconv.FormatInt(next, 10), item)
			next++
		default:
			v.set(from.keys[i], item)
		}
	}
	return next
}

// index is $_SERVER['NAME'] and $_ENV['NAME'], null when it is not set, or an item of an array.
func (s *script) index(n *php.Node) *value {
	key := s.eval(n.Nodes[1])
	if key.kind != scalar {
		return nil
	}
	if of := n.Nodes[0]; of.Kind == php.Variable && (of.Text == "_SERVER" || of.Text == "_ENV") {
		return s.variable(n, phpString(key.data), nil)
	}
	from := s.eval(n.Nodes[0])
	switch {
	case from.kind == dict && from.item(phpString(key.data)) != nil:
		return from.item(phpString(key.data))
	case from.kind == list:
		if i, is := key.data.(int64); is && i >= 0 && i < int64(len(from.items)) {
			return from.items[i]
		}
	}
	return nil
}

// variable is one of the environment, or missing in its place.
func (s *script) variable(n *php.Node, name string, missing any) *value {
	v, found := s.app.environment.Lookup(name)
	switch {
	case v.Err != nil:
		return nil
	case !found:
		return s.scalar(n, missing)
	}
	out := s.scalar(n, v.Value)
	out.from = append(out.from, v)
	return out
}

// property is $this->environment and what else a kernel has.
func (s *script) property(n *php.Node) *value {
	if of := n.Nodes[0]; of.Kind != php.Variable || of.Text != "this" {
		return nil
	}
	switch n.Text {
	case "environment":
		return s.scalar(n, s.app.Env)
	case "debug":
		return s.scalar(n, s.app.Debug)
	case "rootDir":
		return s.scalar(n, filepath.Dir(s.app.kernelOr(s).path))
	}
	return nil
}

// method is a method of the kernel, or a processor after env('NAME').
func (s *script) method(n *php.Node) *value {
	if of := n.Nodes[0]; of.Kind == php.Variable && of.Text == "this" {
		return s.ownMethod(n.Text, len(n.Nodes) > 1)
	}
	if of := n.Nodes[0]; of.Kind == php.Variable && len(n.Nodes) == 1 && n.Text == "env" && s.vars[of.Text] == nil {
		return s.scalar(n, s.app.Env) // $container->env()
	}
	return s.processor(n)
}

// processor is ->int() after env('NAME'), as %env(int:NAME)% (EnvConfigurator).
func (s *script) processor(n *php.Node) *value {
	inner := s.eval(n.Nodes[0])
	text, is := inner.data.(string)
	rest, isEnv := strings.CutPrefix(text, "%env(")
	if !is || !isEnv || inner.kind != scalar {
		return nil
	}
	var prefix strings.Builder
	prefix.WriteString(snakeCase(n.Text))
	for _, argument := range n.Nodes[1:] {
		v := s.eval(argument)
		if v.kind != scalar {
			return nil
		}
		prefix.WriteString(":" + phpString(v.data))
	}
	return s.scalar(n, "%env("+prefix.String()+":"+rest)
}

// ownMethod is $this->name(): one of the kernel's own, or one of Symfony's kernel.
func (s *script) ownMethod(name string, hasArguments bool) *value {
	if s.class == nil || hasArguments {
		return nil
	}
	if owner, m := s.app.kernelOr(s).findMethod(name); m != nil {
		inner := *owner
		inner.depth = s.depth
		return inner.run(m)
	}
	return s.app.kernelMethod(s.app.kernelOr(s).aliasOf(name))
}

// staticCall is parent::name(), and App::config().
func (s *script) staticCall(n *php.Node) *value {
	if !strings.EqualFold(n.Nodes[0].Text, "parent") || s.class == nil || len(n.Nodes) != 1 {
		return nil
	}
	if owner, m := s.parent().findMethod(n.Text); m != nil {
		inner := *owner
		inner.depth = s.depth
		return inner.run(m)
	}
	return s.app.kernelMethod(n.Text)
}

// run returns what a method without parameters returns.
func (s *script) run(m *php.Function) *value {
	if s.depth > maxNesting || len(m.Parameters) > 0 {
		return nil
	}
	s.depth++
	outer := s.vars
	s.vars = map[string]*value{}
	v, _ := s.execute(m.Body)
	s.vars, s.depth = outer, s.depth-1
	return v
}

// execute goes through statements to the return that is reached; nil when only PHP knows. done is false when none was.
func (s *script) execute(statements []php.Statement) (v *value, done bool) {
	for _, one := range statements {
		switch one.Kind {
		case php.Return:
			if one.Node == nil {
				return &value{at: s.at(one.Place)}, true
			}
			return s.eval(one.Node), true
		case php.Expression:
			s.assign(one.Node)
		case php.Block:
			v, done = s.execute(one.Then)
		case php.If:
			condition := s.eval(one.Node)
			switch {
			case condition.kind == opaque:
				return nil, true
			case isTrue(condition):
				v, done = s.execute(one.Then)
			default:
				v, done = s.execute(one.Else)
			}
		default:
			return nil, true
		}
		if done {
			return v, true
		}
	}
	return nil, false
}

// assign does what an expression says of variables; one that is set in another way is not known any more.
func (s *script) assign(n *php.Node) {
	if n.Kind == php.Binary && strings.HasSuffix(n.Text, "=") && n.Nodes[0].Kind == php.Variable {
		s.eval(n)
		return
	}
	s.forget(n.From, n.To)
}

// mentioned are the variables in a piece of source.
var mentioned = regexp.MustCompile(`\$(\w+)`)

// forget makes the variables unknown that a piece of source, which is not understood, may change.
func (s *script) forget(from, to int) {
	for _, m := range mentioned.FindAllStringSubmatch(s.file.Source(from, to), -1) {
		delete(s.vars, m[1])
	}
}

func (s *script) binary(n *php.Node) *value {
	if operator, is := assignment(n); is {
		return s.assigned(n, operator)
	}
	left := s.eval(n.Nodes[0])
	if n.Text == "??" {
		if left.kind == opaque || !left.isNull() {
			return left
		}
		return s.eval(n.Nodes[1])
	}
	if n.Text == "&&" && left.kind != opaque && !isTrue(left) || n.Text == "||" && left.kind != opaque && isTrue(left) {
		return s.scalar(n, isTrue(left))
	}
	right := s.eval(n.Nodes[1])
	if n.Text == "+" && left.isArray() && right.isArray() {
		return union(right, left, false)
	}
	if left.kind != scalar || right.kind != scalar {
		return nil
	}
	v := operate(n.Text, left, right)
	if v == nil {
		return nil
	}
	v.at, v.from = s.at(n.Place), append(left.from[:len(left.from):len(left.from)], right.from...)
	return v
}

// assignment returns the operator before the sign of equality in $name = value, $name .= value and the like.
func assignment(n *php.Node) (operator string, is bool) {
	operator, is = strings.CutSuffix(n.Text, "=")
	return operator, is && n.Nodes[0].Kind == php.Variable && !slices.Contains([]string{"=", "!", "==", "!=", "<", ">"}, operator)
}

// assigned sets a variable.
func (s *script) assigned(n *php.Node, operator string) *value {
	to := n.Nodes[1]
	if operator != "" {
		to = &php.Node{Kind: php.Binary, Place: n.Place, Text: operator, Nodes: n.Nodes, From: n.From, To: n.To}
		if operator == "??" && s.vars[n.Nodes[0].Text] == nil {
			s.forget(n.From, n.To)
			return nil
		}
	}
	v := s.eval(to)
	s.vars[n.Nodes[0].Text] = v
	return v
}

// operate is one operator on two scalars; nil for what is not needed to read configuration.
func operate(operator string, left, right *value) *value {
	l, leftWhole := left.data.(int64)
	r, rightWhole := right.data.(int64)
	switch operator {
	case ".":
		return &value{data: phpString(left.data) + phpString(right.data)}
	case "&&", "||":
		return &value{data: isTrue(right)}
	case "===":
		return &value{data: left.data == right.data}
	case "!==":
		return &value{data: left.data != right.data}
	case "==", "!=":
		_, leftText := left.data.(string)
		_, rightText := right.data.(string)
		if leftText && rightText {
			return &value{data: (left.data == right.data) == (operator == "==")}
		}
	}
	if !leftWhole || !rightWhole {
		return nil
	}
	const half = 1 << 31 // of operands whose product fits
	switch fits := -half < l && l < half && -half < r && r < half; {
	case !fits && operator != "|" && operator != "&":
		return nil
	case operator == "+":
		return &value{data: l + r}
	case operator == "-":
		return &value{data: l - r}
	case operator == "*":
		return &value{data: l * r}
	case operator == "|":
		return &value{data: l | r}
	case operator == "&":
		return &value{data: l & r}
	}
	return nil
}

func (s *script) unary(n *php.Node) *value {
	inner := s.eval(n.Nodes[0])
	if inner.kind != scalar {
		return nil
	}
	out := *inner
	out.at = s.at(n.Place)
	switch n.Text {
	case "!":
		out.data = !isTrue(inner)
	case "string", "binary":
		out.data = phpString(inner.data)
	case "bool", "boolean":
		out.data = isTrue(inner)
	case "int", "integer":
		whole, is := inner.data.(int64)
		if !is {
			return nil
		}
		out.data = whole
	default:
		return nil
	}
	return &out
}

func (s *script) ternary(n *php.Node) *value {
	condition := s.eval(n.Nodes[0])
	switch {
	case condition.kind == opaque:
		return nil
	case !isTrue(condition):
		return s.eval(n.Nodes[2])
	case n.Nodes[1] == nil:
		return condition
	}
	return s.eval(n.Nodes[1])
}

// match is the arm of a match expression that is chosen.
func (s *script) match(n *php.Node) *value {
	subject := s.eval(n.Nodes[0])
	if subject.kind != scalar {
		return nil
	}
	var fallback *php.Node
	for _, arm := range n.Nodes[1:] {
		if len(arm.Nodes) == 1 {
			fallback = arm.Nodes[0]
		}
		for _, candidate := range arm.Nodes[1:] {
			switch c := s.eval(candidate); {
			case c.kind == opaque:
				return nil
			case c.kind == scalar && c.data == subject.data:
				return s.eval(arm.Nodes[0])
			}
		}
	}
	if fallback == nil {
		return nil
	}
	return s.eval(fallback)
}

// isTrue is PHP's cast to bool of a value that is known.
func isTrue(v *value) bool {
	switch d := v.data.(type) {
	case bool:
		return d
	case int64:
		return d != 0
	case float64:
		return d != 0
	case string:
		return d != "" && d != "0"
	}
	return len(v.items) > 0
}
