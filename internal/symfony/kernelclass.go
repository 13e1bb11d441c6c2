package symfony

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"envelog/internal/symfony/php"
)

// kernelFile is where the application's kernel is, as the recipe of symfony/framework-bundle puts it.
const kernelFile = "src/Kernel.php"

// frontControllers are the files that make the kernel; what bin/console makes counts for a worker.
func frontControllers() []string {
	return []string{"bin/console", "app/console", "public/index.php", "bin/console.php"}
}

// made is how a front controller makes its kernel.
var made = regexp.MustCompile(`new\s+(\\?[A-Za-z_][\w\\]*Kernel)\b`)

// findKernel returns the source of the application's kernel: of the class that bin/console makes, found by composer.json,
// else src/Kernel.php; nil when there isn't one, and what kept it from being read.
func (a *Application) findKernel() (*script, error) {
	for _, controller := range frontControllers() {
		if s := a.kernelOf(controller); s != nil {
			return s, nil
		}
	}
	for _, path := range []string{kernelFile, "app/AppKernel.php"} {
		path = filepath.Join(a.Dir, path)
		if !isFile(path) {
			continue
		}
		s, err := a.openScript(path)
		if err != nil {
			return nil, err
		}
		if s.pickKernel(strings.TrimSuffix(filepath.Base(path), ".php")) {
			return s, nil
		}
	}
	return nil, nil
}

// kernelOf looks for the kernel that a front controller makes, by its name, or in the file that it requires.
func (a *Application) kernelOf(controller string) *script {
	path := filepath.Join(a.Dir, controller)
	content, err := readFile(path)
	if err != nil {
		return nil
	}
	file, err := php.Parse(string(content))
	if err != nil {
		return nil
	}
	for _, m := range made.FindAllStringSubmatch(string(content), -1) {
		class := file.Resolve(m[1])
		if s := a.classScript(class); s != nil {
			return s
		}
		base := class[strings.LastIndexByte(class, '\\')+1:] + ".php"
		for _, path := range []string{"app/" + base, "src/" + base, base} {
			if s, err := a.openScript(filepath.Join(a.Dir, path)); err == nil && s.pickKernel(strings.TrimSuffix(base, ".php")) {
				return s
			}
		}
	}
	return nil
}

// pickKernel takes the class of that short name, or the only one, for the kernel.
func (s *script) pickKernel(short string) bool {
	for i, c := range s.file.Classes {
		name := c.Name[strings.LastIndexByte(c.Name, '\\')+1:]
		if strings.EqualFold(name, short) || len(s.file.Classes) == 1 {
			s.class = &s.file.Classes[i]
			return true
		}
	}
	return false
}

// symfonyKernels are the classes above which there is nothing of the application's.
var symfonyKernels = []string{`symfony\component\httpkernel\kernel`, `symfony\component\dependencyinjection\kernel\abstractkernel`}

// parent returns the source of the class that s extends, where that is no kernel of Symfony's; nil for none.
func (s *script) parent() *script {
	if s == nil || s.class == nil || len(s.class.Extends) == 0 || slices.Contains(symfonyKernels, strings.ToLower(s.class.Extends[0])) {
		return nil
	}
	return s.app.classScript(s.class.Extends[0])
}

// unseenAncestor says what of the kernel's is not found: a class above it, or a trait of one of them; "" for nothing.
func (s *script) unseenAncestor() string {
	for depth := 0; s != nil && depth < maxAncestors; depth++ {
		if trait := s.unseenTrait(s.class, 0); trait != "" {
			return "the kernel uses the trait " + trait
		}
		parent := s.parent()
		if parent == nil && len(s.class.Extends) > 0 && !isSymfonyKernel(s.class.Extends[0]) {
			return "the kernel extends " + s.class.Extends[0]
		}
		s = parent
	}
	return ""
}

// unseenTrait returns the name of a trait of a class, or of one of its traits, whose source is not found; "" for none.
func (s *script) unseenTrait(class *php.Class, depth int) string {
	for _, name := range class.Traits {
		if isSymfonyTrait(name) {
			continue
		}
		trait := s.app.classScript(name)
		if trait == nil || depth > maxAncestors {
			return name
		}
		if inner := s.unseenTrait(trait.class, depth+1); inner != "" {
			return inner
		}
	}
	return ""
}

// isSymfonyTrait reports whether a trait is one of Symfony's, as MicroKernelTrait, whose methods are known.
func isSymfonyTrait(name string) bool { return strings.HasPrefix(strings.ToLower(name), `symfony\`) }

func isSymfonyKernel(class string) bool {
	class = strings.ToLower(class)
	return slices.Contains(symfonyKernels, class) || !strings.Contains(class, `\`) && class != "kernel"
}

// findMethod returns a method of the class of s, of its traits, or of the nearest class above it that has it, with the
// source that it is in; nil, nil where that is Symfony's own.
func (s *script) findMethod(name string) (*script, *php.Function) {
	for range maxAncestors {
		if s == nil {
			break
		}
		if m := s.class.Method(name); m != nil && m.Body != nil {
			return s, m
		}
		if owner, m := s.traitMethod(s.class, name, 0); m != nil {
			return owner, m
		}
		s = s.parent()
	}
	return nil, nil
}

// traitMethod returns a method that traits bring to the class of s, by its name or an alias.
func (s *script) traitMethod(user *php.Class, name string, depth int) (*script, *php.Function) {
	if depth > maxAncestors {
		return nil, nil
	}
	for _, trait := range user.Traits {
		source := s.app.classScript(trait)
		if source == nil || isSymfonyTrait(trait) {
			continue
		}
		method := user.Aliased(name, trait)
		if user.Excludes(trait, method) && method == name {
			continue
		}
		if m := source.class.Method(method); m != nil && m.Body != nil {
			owner := *source
			owner.class = s.class // self, parent and $this are those of the class that uses the trait
			return &owner, m
		}
		if owner, m := s.traitMethod(source.class, method, depth+1); m != nil {
			return owner, m
		}
	}
	return nil, nil
}

// aliasOf returns the name of the method of Symfony's that the class of s, or one above it, has under that name.
func (s *script) aliasOf(name string) string {
	for depth := 0; s != nil && depth < maxAncestors; depth++ {
		for _, trait := range s.class.Traits {
			if method := s.class.Aliased(name, trait); isSymfonyTrait(trait) && method != name {
				return method
			}
		}
		s = s.parent()
	}
	return name
}

// kernelMethod returns what a method of Symfony's own kernel returns; nil for methods that do not matter.
func (a *Application) kernelMethod(name string) *value {
	text := func(s string) *value { return &value{data: s} }
	project := a.projectDir()
	switch name {
	case "getProjectDir":
		return text(project)
	case "getEnvironment":
		return text(a.Env)
	case "isDebug":
		return &value{data: a.Debug}
	case "getLogDir":
		return text(filepath.Join(project, "var/log"))
	case "getCacheDir", "getBuildDir", "getShareDir":
		return text(filepath.Join(project, "var/cache", a.Env))
	case "getConfigDir":
		return text(filepath.Join(project, "config"))
	case "getBundlesPath":
		return text(filepath.Join(project, "config/bundles.php"))
	case "getRootDir":
		if a.kernel != nil {
			return text(filepath.Dir(a.kernel.path))
		}
	}
	return nil
}

// ask returns what the kernel's own method returns; nil when it has none.
func (a *Application) ask(method string) *value {
	owner, m := a.kernel.findMethod(method)
	if m == nil {
		return nil
	}
	if v := owner.run(m); v != nil && v.kind != opaque {
		return v
	}
	return &value{at: Position{File: owner.name, Line: m.Place.Line}, kind: opaque, needs: "the directory that " + method + "() returns"}
}

// projectDir is kernel.project_dir: the directory that is read, unless the kernel says another one.
func (a *Application) projectDir() string {
	if a.askingDir {
		return a.Dir
	}
	a.askingDir = true
	v := a.ask("getProjectDir")
	a.askingDir = false
	if v == nil || v.kind == opaque {
		return a.Dir
	}
	if dir, isText := v.data.(string); isText && filepath.IsAbs(dir) {
		return filepath.Clean(dir)
	}
	return a.Dir
}

// isLoading reports whether Symfony's kernel has a method of that name which loads configuration.
func isLoading(method string) bool {
	return strings.EqualFold(method, "configureContainer") || strings.EqualFold(method, "registerContainerConfiguration")
}

// kernelLoads loads what the kernel's own method does; false when it has none.
func (l *loader) kernelLoads() bool {
	for _, name := range []string{"configureContainer", "registerContainerConfiguration"} {
		owner, method := l.app.kernel.findMethod(name)
		if method == nil {
			continue
		}
		s := *owner
		s.vars = map[string]*value{}
		c := newConfigurator(&s, l)
		for _, p := range method.Parameters {
			c.objects[p.Name] = true
		}
		c.statements(method.Body)
		return true
	}
	return false
}
