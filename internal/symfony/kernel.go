package symfony

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// loader reads the configuration files in the order of Symfony's kernel (MicroKernelTrait::configureContainer,
// YamlFileLoader::load). Later values win, but that is decided where a question is answered.
type loader struct {
	app        *Application
	root       string // the project directory, absolute
	env        string // kernel.environment
	files      []string
	unread     []unread
	parameters map[string]*value
	extensions map[string][]*value // by name, such as framework: its configurations in their order
	services   map[string]*value   // by id; later files win
	loading    []string            // the files that import each other at the moment
}

// load reads what the kernel loads, or, where its source does not say, what Symfony's own does.
func (l *loader) load() {
	if !l.kernelLoads() {
		l.usual()
	}
	if l.app.kernel == nil {
		return
	}
	if unseen := l.app.kernel.unseenAncestor(); unseen != "" {
		l.unread = append(l.unread, unread{
			Position: l.app.kernel.at(l.app.kernel.class.Place), adds: true,
			err: problem{unseen + ", whose source is not found, and which may load more", ErrNeedsPHP},
		})
	}
}

// usual reads config/packages, config/packages/<env>, services and services_<env> (MicroKernelTrait::configureContainer).
func (l *loader) usual() {
	config := l.app.configDir()
	packages, services := ".{php,yaml}", ".php"
	if isFile(filepath.Join(config, "services.yaml")) {
		services = ".yaml"
	}
	if l.app.kernel != nil && strings.Contains(l.app.kernel.file.Text(), "xml,yaml,yml") {
		packages, services = ".{php,xml,yaml,yml}", ".{php,xml,yaml,yml}" // the Kernel.php of Symfony 4, which projects keep
	}
	l.importGlob(filepath.Join(config, "packages", "*")+packages, false)
	l.importGlob(filepath.Join(config, "packages", l.env, "*")+packages, false)
	l.importGlob(filepath.Join(config, "services")+services, false)
	l.importGlob(filepath.Join(config, "services_"+l.env)+services, false)
}

func (l *loader) importGlob(pattern string, ignoreErrors bool) {
	for _, path := range glob(pattern) {
		l.importFile(path, Position{}, ignoreErrors)
	}
}

// importFile reads one file; at is the import that names it.
func (l *loader) importFile(path string, at Position, ignoreErrors bool) {
	name := l.relative(path)
	content, err := readFile(path)
	switch extension := filepath.Ext(path); {
	case err != nil:
		err = problem{name + " " + reason(err), ErrInvalid}
	case extension == ".yaml" || extension == ".yml":
		at, err = Position{File: name}, l.yaml(path, name, content)
	case extension == ".php":
		at, err = Position{File: name}, l.php(path, name, content)
	default:
		l.unread = append(l.unread, unread{Position: Position{File: name}, err: problem{"the file is neither YAML nor PHP", ErrNeedsPHP}, content: content})
	}
	if err != nil && !ignoreErrors {
		l.unread = append(l.unread, unread{Position: at, err: err, content: content})
	}
}

func (l *loader) relative(path string) string { return relativeTo(l.root, path) }

// relativeTo returns the path as errors show it.
func relativeTo(root, path string) string {
	rel, err := filepath.Rel(root, path)
	if err != nil || strings.HasPrefix(rel, "..") {
		return filepath.ToSlash(path)
	}
	return filepath.ToSlash(rel)
}

// yaml reads one YAML file: what stands at its top, then its section for the environment.
func (l *loader) yaml(path, name string, content []byte) error {
	if slices.Contains(l.loading, name) {
		return invalid(Position{File: name}, "files import each other in a circle: %s", strings.Join(l.loading, ", "))
	}
	tree, err := parseYAML(name, content, l.app.keyConstant)
	if err != nil {
		return err
	}
	l.files = append(l.files, name)
	if tree == nil {
		return nil
	}
	l.loading = append(l.loading, name)
	defer func() { l.loading = l.loading[:len(l.loading)-1] }()
	return l.tree(path, tree)
}

// tree reads what stands at the top of a file, then its section for the environment.
func (l *loader) tree(path string, tree *value) error {
	if tree.kind != dict {
		return invalid(tree.at, "the file has to hold a map")
	}
	if err := l.section(path, tree); err != nil {
		return err
	}
	if section := tree.item("when@" + l.env); !section.isNull() {
		return l.section(path, section)
	}
	return nil
}

// section reads imports, then parameters, then the configuration of the extensions (bundles).
func (l *loader) section(path string, tree *value) error {
	if tree.kind != dict {
		return invalid(tree.at, "a map was expected")
	}
	if err := l.imports(path, tree.item("imports")); err != nil {
		return err
	}
	if parameters := tree.item("parameters"); !parameters.isNull() {
		if parameters.kind != dict {
			return invalid(parameters.at, "parameters has to be a map")
		}
		for i, name := range parameters.keys {
			l.parameters[name] = asParameter(parameters.items[i])
		}
	}
	if services := tree.item("services"); services != nil && services.kind == dict {
		for i, id := range services.keys {
			l.services[id] = services.items[i]
		}
	}
	for i, name := range tree.keys {
		if name != "imports" && name != "parameters" && name != "services" && !strings.HasPrefix(name, "when@") {
			l.extensions[name] = append(l.extensions[name], tree.items[i])
		}
	}
	return nil
}

// asParameter returns a parameter as the container keeps it: a text that starts with @ names a service.
func asParameter(v *value) *value {
	text, is := v.data.(string)
	rest, service := strings.CutPrefix(text, "@")
	switch {
	case !is || !service:
		return v
	case strings.HasPrefix(rest, "@"):
		return &value{at: v.at, data: rest}
	}
	return &value{at: v.at, kind: opaque, needs: "the service that the parameter names (a text that begins with @ is written @@)"}
}

// imports follows the imports of one file, relative to its directory.
func (l *loader) imports(path string, imports *value) error {
	if imports.isNull() {
		return nil
	}
	if imports.kind == scalar {
		return invalid(imports.at, "imports has to be a list")
	}
	for _, item := range imports.items {
		resource := item
		if item.kind == dict {
			resource = item.item("resource")
		}
		name, is := "", false
		if resource != nil {
			name, is = resource.data.(string)
		}
		if !is || name == "" {
			return invalid(item.at, "an import has to name a resource")
		}
		l.importResource(filepath.Dir(path), name, importOf(item))
	}
	return nil
}

// importing is how a resource is imported.
type importing struct {
	at                          Position
	ignoreErrors, ignoreMissing bool
	directory                   bool // it is one, whatever its name
}

func importOf(item *value) importing {
	ignore, kindOf := orNull(item.item("ignore_errors")), orNull(item.item("type"))
	return importing{item.at, ignore.data == true, ignore.data == "not_found", kindOf.data == "directory"}
}

// importResource reads what one import names: files by a pattern, a directory, or one file (FileLoader::import).
func (l *loader) importResource(dir, name string, o importing) {
	path := name
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, name)
	}
	switch {
	case strings.HasPrefix(name, "@"):
		l.unread = append(l.unread, unread{Position: o.at, err: problem{"the import " + name + " is inside a bundle", ErrNeedsPHP}, adds: true})
	case strings.ContainsAny(name, "*?{["):
		l.importGlob(path, o.ignoreErrors)
	case strings.HasSuffix(name, "/") || o.directory:
		l.importDirectory(path, o.ignoreErrors)
	case isFile(path):
		l.importFile(path, o.at, o.ignoreErrors)
	case !o.ignoreErrors && !o.ignoreMissing:
		l.unread = append(l.unread, unread{Position: o.at, err: problem{"the import " + name + " is not there", ErrInvalid}})
	}
}

// importDirectory reads a directory and those below it in plain order, without hidden files (DirectoryLoader.php).
func (l *loader) importDirectory(path string, ignoreErrors bool) {
	entries, err := os.ReadDir(path)
	if err != nil && !ignoreErrors {
		l.unread = append(l.unread, unread{err: problem{l.relative(path) + " " + reason(err), ErrInvalid}})
	}
	for _, entry := range entries {
		inner := filepath.Join(path, entry.Name())
		switch {
		case strings.HasPrefix(entry.Name(), "."):
		case isDir(inner):
			l.importDirectory(inner, ignoreErrors)
		default:
			l.importFile(inner, Position{}, ignoreErrors)
		}
	}
}
