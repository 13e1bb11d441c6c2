package php

// A Kind says what a Node is.
type Kind uint8

// The kinds, each with what Text and Nodes hold.
const (
	Opaque     Kind = iota // what the parser does not know
	String                 // Text: the value
	Number                 // Text: as written, with the sign
	Name                   // Text: a constant, or true, false, null: as written
	ClassConst             // Nodes: the class (a Name); Text: the constant, class for Foo::class
	Variable               // Text: its name without $
	Array                  // Nodes: items, each an Item or a Spread
	Item                   // Nodes: value, or key and value
	Spread                 // ...array among items. Nodes: the array
	Index                  // Nodes: what is looked into, the key
	Property               // Nodes: the object; Text: the property
	Call                   // Nodes: the arguments; Text: the function
	MethodCall             // Nodes: the object, then the arguments; Text: the method
	StaticCall             // Nodes: the class (a Name), then the arguments; Text: the method
	Named                  // an argument with its name. Nodes: the value; Text: the name
	Binary                 // Nodes: left, right; Text: the operator
	Unary                  // Nodes: the operand; Text: the operator, or the type of a cast
	Ternary                // Nodes: condition, what is true (nil for ?:), what is false
	Closure                // Function
	Match                  // Nodes: what is compared, then Arms
	Arm                    // Nodes: what is chosen, then what it is chosen for; none for default
)

// A Node is an expression.
type Node struct {
	Kind     Kind
	Place    Place
	Text     string
	Nodes    []*Node
	Function *Function // of a Closure
	// From and To are the offsets of the expression's first byte and of the byte after it.
	From, To int
}

// A Function is a closure or a method.
type Function struct {
	Name       string // "" for a closure
	Place      Place
	Attributes []Attribute
	Parameters []Parameter
	Body       []Statement // nil: it has none
}

// A Parameter of a function.
type Parameter struct {
	Name string // without $
	Type string // as written, without ?; "" for none, or several
}

// An Attribute as #[Name(arguments)].
type Attribute struct {
	Name      string // as written
	Place     Place
	Arguments []*Node
}

// A StatementKind says what a Statement is.
type StatementKind uint8

// The kinds of statements.
const (
	Other      StatementKind = iota // what the parser does not know: loops, echo, declarations
	Expression                      // Node
	Return                          // Node, nil for none
	If                              // Node: the condition; Then, Else
	Block                           // Then
)

// A Statement is one statement of a function or a file.
type Statement struct {
	Kind       StatementKind
	Place      Place
	Node       *Node
	Then, Else []Statement
	From, To   int // offsets, as those of a Node
}

// A Class is a class, an interface, a trait or an enum.
type Class struct {
	Kind       string // class, interface, trait or enum
	Name       string // in full, without a backslash in front
	Place      Place
	Abstract   bool
	Extends    []string // resolved; several for an interface
	Implements []string // resolved
	Attributes []Attribute
	Methods    []Function
	Constants  map[string]*Node
	Cases      map[string]*Node // of an enum with values
	Traits     []string         // those that it uses, resolved
	Aliases    []Alias          // of their methods
	Excluded   []Alias          // methods that another trait has in their place: use A, B { B::method insteadof A; }
}

// An Alias is a second name for a method of a trait: use T { method as name; }. Of a method that is left out, Name is "".
type Alias struct {
	Method string
	Trait  string // resolved; "" when only the method is named
	Name   string
}

// Method returns the class's own method of that name, nil for none; PHP does not tell case.
func (c *Class) Method(name string) *Function {
	for i, m := range c.Methods {
		if equalFold(m.Name, name) {
			return &c.Methods[i]
		}
	}
	return nil
}

// Aliased returns the method of a trait that the class has under that name: the name itself where it is no alias.
func (c *Class) Aliased(name, trait string) string {
	for _, a := range c.Aliases {
		if equalFold(a.Name, name) && (a.Trait == "" || equalFold(a.Trait, trait)) {
			return a.Method
		}
	}
	return name
}

// Excludes reports whether another trait's method is taken instead of this one's.
func (c *Class) Excludes(trait, method string) bool {
	for _, e := range c.Excluded {
		if equalFold(e.Trait, trait) && equalFold(e.Method, method) {
			return true
		}
	}
	return false
}
