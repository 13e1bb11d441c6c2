package symfony

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"

	"envelog/internal/symfony/php"
)

// maxAncestors bounds how many classes and interfaces above one are looked at.
const maxAncestors = 100

// HasSource reports whether the source of a class or an interface is found, by composer.json.
func (a *Application) HasSource(class string) bool { return a.classScript(class) != nil }

// classScript returns the source of a class with the class in it; nil when it is not found.
func (a *Application) classScript(class string) *script {
	class = strings.TrimPrefix(class, `\`)
	key := strings.ToLower(class)
	if s, known := a.scripts[key]; known {
		return s
	}
	if a.scripts == nil || len(a.scripts) > maxScripts {
		a.scripts = map[string]*script{}
	}
	a.scripts[key] = nil
	for _, path := range a.sources(class) {
		s, err := a.openScript(path)
		if err != nil {
			continue // another directory may have it
		}
		if s.class = s.file.Class(class); s.class != nil {
			a.scripts[key] = s
			break
		}
	}
	return a.scripts[key]
}

// maxScripts bounds how many sources are kept; names of classes come out of messages, too.
const maxScripts = 1000

// sources returns the files in which Composer would look for the class: by PSR-4 of the application, then of what is
// installed in vendor, then by name in the files and directories of its classmap.
func (a *Application) sources(class string) (paths []string) {
	if strings.ContainsAny(class, "/\x00") || strings.Contains(class, "..") {
		return nil
	}
	relative := strings.ReplaceAll(class, `\`, "/") + ".php"
	for _, m := range a.namespaces() {
		if strings.HasPrefix(class, m.namespace) {
			rest := strings.ReplaceAll(class[len(m.namespace):], `\`, "/") + ".php"
			paths = append(paths, filepath.Join(m.dir, rest))
		}
	}
	base := filepath.Base(relative)
	for _, path := range a.composer.Autoload.Classmap {
		path = filepath.Join(a.Dir, path)
		if filepath.Base(path) == base {
			paths = append(paths, path)
		} else if isDir(path) {
			paths = append(paths, filepath.Join(path, base))
		}
	}
	return slices.DeleteFunc(paths, func(path string) bool { return !isFile(path) })
}

// A mapping says in which directory the classes of a namespace are (PSR-4).
type mapping struct {
	namespace string // with a backslash after it
	dir       string // absolute
}

// namespaces returns the mappings of composer.json and of vendor/composer/installed.json, longer namespaces first.
func (a *Application) namespaces() []mapping {
	if a.mappings != nil {
		return a.mappings
	}
	a.mappings = []mapping{}
	for _, autoload := range []map[string]oneOrAll{a.composer.Autoload.PSR4, a.composer.AutoloadDev.PSR4} {
		a.addMappings(a.Dir, autoload)
	}
	vendor := filepath.Join(a.Dir, or(a.composer.Config.VendorDir, "vendor"))
	var installed struct {
		Packages []struct {
			Path     string `json:"install-path"`
			Autoload autoload
		}
	}
	content, err := readFile(filepath.Join(vendor, "composer", "installed.json"))
	if err == nil && json.Unmarshal(content, &installed) == nil {
		for _, p := range installed.Packages {
			if p.Path != "" {
				a.addMappings(filepath.Join(vendor, "composer", p.Path), p.Autoload.PSR4)
			}
		}
	}
	slices.SortStableFunc(a.mappings, func(x, y mapping) int { return len(y.namespace) - len(x.namespace) })
	return a.mappings
}

func (a *Application) addMappings(base string, psr4 map[string]oneOrAll) {
	for namespace, dirs := range psr4 {
		for _, dir := range dirs {
			if !filepath.IsAbs(dir) {
				dir = filepath.Join(base, dir)
			}
			a.mappings = append(a.mappings, mapping{namespace, dir})
		}
	}
}

// keyConstant returns Class::NAME, or Enum::Case->value, as the key of a map; false where it is not known.
func (a *Application) keyConstant(name string) (data any, known bool) {
	class, constant, found := strings.Cut(name, "::")
	if !found {
		return nil, false
	}
	v := a.classConstant(class, constant, 0)
	if v == nil || v.kind != scalar || v.data == nil {
		return nil, false
	}
	return v.data, true
}

// classConstant returns a constant of a class whose source is found, or of one above it, or the value of a case of an enum
// as Case->value; nil when there isn't one.
func (a *Application) classConstant(class, name string, depth int) *value {
	if enum, isValue := strings.CutSuffix(name, "->value"); isValue {
		s := a.classScript(class)
		if s == nil || s.class.Cases[enum] == nil {
			return nil
		}
		reader := *s
		reader.depth = depth + 1
		return reader.eval(s.class.Cases[enum])
	}
	for _, s := range a.hierarchy(class).scripts {
		if constant := s.class.Constants[name]; constant != nil {
			reader := *s
			reader.depth = depth + 1
			return reader.eval(constant)
		}
	}
	return nil
}

// A hierarchy is a class with all that it extends and implements.
type hierarchy struct {
	scripts []*script // those whose sources are found, the class itself first
	whole   bool      // nothing is missing
}

// builtIn are classes and interfaces of PHP, PSR and Symfony that have neither routes nor serialized types of their own.
var builtIn = []string{"stringable", "jsonserializable", "serializable", "countable", "iteratoraggregate", "iterator", "traversable",
	"arrayaccess", "unitenum", "backedenum", "exception", "throwable", "error", "arrayobject", "datetimeinterface"}

func (a *Application) hierarchy(class string) hierarchy {
	h := hierarchy{whole: true}
	seen := map[string]bool{}
	for todo := []string{class}; len(todo) > 0; todo = todo[1:] {
		key := strings.ToLower(todo[0])
		if seen[key] || slices.Contains(builtIn, key) {
			continue
		}
		seen[key] = true
		s := a.classScript(todo[0])
		if s == nil || len(seen) > maxAncestors {
			h.whole = false
			continue
		}
		h.scripts = append(h.scripts, s)
		todo = append(todo, slices.Concat(s.class.Extends, s.class.Implements)...)
	}
	return h
}

// asMessage is the attribute that routes a class (Symfony 7.2), and names its type in the other serializer (8.1).
const asMessage = `Symfony\Component\Messenger\Attribute\AsMessage`

// A ClassRouting is what the source of a class says of its messages.
type ClassRouting struct {
	// Transports are those of #[AsMessage], of the class itself and of all above it (SendersLocator.php).
	Transports []string
	// Known is whether all of that could be looked at: the sources were found, and nothing in them is PHP's to tell.
	Known bool
	// Types are the names under which the other serializer writes the class (serializedTypeName of Symfony 8.1, and the
	// aliases of 8.2).
	Types []string
	// Names are the class itself and what it extends and implements, as far as that is known.
	Names []string
}

// ClassRouting looks into the source of a class.
func (a *Application) ClassRouting(class string) ClassRouting {
	h := a.hierarchy(class)
	r := ClassRouting{Known: h.whole}
	for i, s := range h.scripts {
		r.Names = append(r.Names, s.class.Name)
		for _, attribute := range s.class.Attributes {
			if !strings.EqualFold(s.file.Resolve(attribute.Name), asMessage) {
				continue
			}
			transports, known := s.transportsOf(attribute)
			r.Transports = append(r.Transports, transports...)
			r.Known = r.Known && known
			if i == 0 {
				r.Types = append(r.Types, s.typesOf(attribute)...)
			}
		}
	}
	return r
}

// Belonging says whether messages of a class go to a transport.
type Belonging uint8

// What Belonging may be.
const (
	Elsewhere Belonging = iota // the configuration and the sources say that they do not
	Here                       // they do
	Unsure                     // the class or something above it could not be looked at
)

// Belongs says whether messages of a class go to a transport, though none of its routes names the class itself: by a route
// of what the class extends or implements, or, where no route names any of these, by #[AsMessage]
// (SendersLocator::getSenders).
func (a *Application) Belongs(class, transport string) Belonging {
	r := a.ClassRouting(class)
	routes, _ := a.Routing() // an error would be one of the transport
	routed := false
	for _, route := range routes {
		if !slices.ContainsFunc(r.Names, func(name string) bool { return strings.EqualFold(name, route.Class) }) {
			continue
		}
		routed = true
		if slices.Contains(route.Transports, transport) {
			return Here
		}
	}
	switch {
	case !routed && slices.Contains(r.Transports, transport):
		return Here
	case !r.Known:
		return Unsure
	}
	return Elsewhere
}

// transportsOf returns the first argument of #[AsMessage], or that called transport.
func (s *script) transportsOf(attribute php.Attribute) (names []string, known bool) {
	v := s.argument(attribute, "transport", 0)
	if v == nil {
		return nil, true
	}
	items := v.items
	if v.kind == scalar {
		items = []*value{v}
	}
	for _, item := range items {
		name, isText := item.data.(string)
		if isText && item.kind == scalar && name != "" {
			names = append(names, name)
		}
		known = known || item.kind == opaque
	}
	return names, !known && v.kind != opaque
}

// typesOf returns the names of the type that #[AsMessage] gives.
func (s *script) typesOf(attribute php.Attribute) (names []string) {
	for place, argument := range []string{"serializedTypeName", "serializedTypeNameAliases"} {
		v := s.argument(attribute, argument, place+1)
		if v == nil {
			continue
		}
		for _, item := range append([]*value{v}, v.items...) {
			if name, isText := item.data.(string); isText && item.kind == scalar && name != "" {
				names = append(names, name)
			}
		}
	}
	return names
}

// argument returns an argument of an attribute by its name or its place; nil when it is not there.
func (s *script) argument(attribute php.Attribute, name string, place int) *value {
	for i, n := range attribute.Arguments {
		switch {
		case n.Kind == php.Named && n.Text == name:
			return s.eval(n.Nodes[0])
		case n.Kind != php.Named && i == place:
			return s.eval(n)
		}
	}
	return nil
}
