package symfony

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"strings"
)

// declaration is how PHP source declares a class, an interface or the like. Comments in front of it do not begin so.
var declaration = regexp.MustCompile(`(?mi)^((?:abstract|final|readonly|\s)*)(class|interface|trait|enum)\s+(\w+)`)

// IsConcrete tells whether the application's own source shows that class is a class that can have objects: no interface
// and not abstract, of which a route means all that implement it. False when its file is not there, by composer.json.
func (a *Application) IsConcrete(class string) bool {
	for _, path := range a.sources(class) {
		content, err := readFile(path)
		if err != nil {
			continue
		}
		for _, m := range declaration.FindAllStringSubmatch(string(content), -1) {
			if m[3] == class[strings.LastIndexByte(class, '\\')+1:] {
				return m[2] == "class" && !strings.Contains(strings.ToLower(m[1]), "abstract")
			}
		}
	}
	return false
}

// sources returns the files in which Composer would look for the class (PSR-4).
func (a *Application) sources(class string) (paths []string) {
	var c composer
	content, err := readFile(filepath.Join(a.Dir, "composer.json"))
	if err != nil || json.Unmarshal(content, &c) != nil || strings.Contains(class, "/") {
		return nil
	}
	for namespace, dirs := range c.Autoload.PSR4 {
		rest, inside := strings.CutPrefix(class, namespace)
		if !inside {
			continue
		}
		for _, dir := range dirs {
			paths = append(paths, filepath.Join(a.Dir, dir, strings.ReplaceAll(rest, `\`, "/")+".php"))
		}
	}
	return paths
}
