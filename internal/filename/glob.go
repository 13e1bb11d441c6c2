package filename

import "strings"

// EscapeGlob returns a pattern for [path/filepath.Glob] that matches the path alone.
func EscapeGlob(path string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(path)
}
