package symfony

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// glob returns the files that match pattern, an absolute path with *, ?, [...], {a,b} and /**/, in the order in which
// Symfony loads them (GlobResource.php): natural order, and plain byte order with /**/.
func glob(pattern string) []string {
	var files []string
	for _, alternative := range expandBraces(pattern) {
		for _, one := range expandDirectories(alternative) {
			matches, err := filepath.Glob(one)
			if err != nil {
				continue // a malformed class matches nothing in PHP
			}
			files = append(files, slices.DeleteFunc(matches, func(path string) bool { return !matchesDots(one, path) || !isFile(path) })...)
		}
	}
	if strings.Contains(pattern, "/**/") {
		slices.Sort(files)
	} else {
		slices.SortStableFunc(files, naturalCompare)
	}
	return slices.Compact(files)
}

// expandBraces returns the pattern once for each way through its braces.
func expandBraces(pattern string) []string {
	open := strings.IndexByte(pattern, '{')
	if open < 0 {
		return []string{pattern}
	}
	depth, start := 0, open+1
	var alternatives []string
	for i := open; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '{':
			depth++
		case c == ',' && depth == 1:
			alternatives, start = append(alternatives, pattern[start:i]), i+1
		case c == '}':
			depth--
		}
		if depth == 0 {
			alternatives = append(alternatives, pattern[start:i])
			return joinBraces(pattern[:open], alternatives, pattern[i+1:])
		}
	}
	return []string{pattern}
}

func joinBraces(before string, alternatives []string, after string) []string {
	var all []string
	for _, a := range alternatives {
		all = append(all, expandBraces(before+a+after)...)
	}
	return all
}

// expandDirectories returns the pattern once for each directory that its first /**/ stands for.
func expandDirectories(pattern string) []string {
	base, rest, found := strings.Cut(pattern, "/**/")
	if !found {
		return []string{pattern}
	}
	var all []string
	roots, _ := filepath.Glob(base)
	for _, root := range roots {
		_ = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil || !entry.IsDir():
				return nil //nolint:nilerr // as PHP: what cannot be read has no match
			case path != root && strings.HasPrefix(entry.Name(), "."):
				return fs.SkipDir
			}
			all = append(all, expandDirectories(path+"/"+rest)...)
			return nil
		})
	}
	return all
}

// matchesDots reports whether each name of path that starts with a dot is asked for with one, as the shell and PHP want it.
func matchesDots(pattern, path string) bool {
	wanted, names := strings.Split(pattern, "/"), strings.Split(path, "/")
	for i, name := range names {
		if strings.HasPrefix(name, ".") && i < len(wanted) && !strings.HasPrefix(wanted[i], ".") {
			return false
		}
	}
	return true
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// naturalCompare is PHP's natsort: runs of digits compare as numbers, so that a2 comes before a10; runs where one starts
// with a zero compare digit by digit.
func naturalCompare(a, b string) int {
	for a != "" && b != "" {
		da, db := digits(a), digits(b)
		if da == 0 || db == 0 {
			if a[0] != b[0] {
				return int(a[0]) - int(b[0])
			}
			a, b = a[1:], b[1:]
			continue
		}
		if c := compareDigits(a[:da], b[:db]); c != 0 {
			return c
		}
		a, b = a[da:], b[db:]
	}
	return len(a) - len(b)
}

func digits(s string) int {
	n := 0
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	return n
}

func compareDigits(a, b string) int {
	if a[0] != '0' && b[0] != '0' && len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}
