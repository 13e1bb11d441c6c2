package php

import "strings"

// A File is what Parse makes of a source file.
type File struct {
	Namespace  string            // without backslashes around it; the last one, where a file has several
	Imports    map[string]string // use statements of classes: short name, in lower case, to the name in full
	Classes    []Class
	Statements []Statement // at the top of the file, without declarations
	source     string
}

// Resolve returns the name of a class in full, without a backslash in front (PHP's rules of name resolution).
func (f *File) Resolve(name string) string {
	if rest, is := strings.CutPrefix(name, `\`); is {
		return rest
	}
	first, rest, qualified := strings.Cut(name, `\`)
	if strings.EqualFold(first, "namespace") && qualified {
		return join(f.Namespace, rest)
	}
	if full, imported := f.Imports[strings.ToLower(first)]; imported {
		return join(full, rest)
	}
	return join(f.Namespace, name)
}

// ResolveAll resolves each name.
func (f *File) resolveAll(names []string) (full []string) {
	for _, n := range names {
		full = append(full, f.Resolve(n))
	}
	return full
}

// Text returns the whole file.
func (f *File) Text() string { return f.source }

// Source returns the text from one offset to another.
func (f *File) Source(from, to int) string { return f.source[from:to] }

// Class returns the class of that name in full, nil when the file has none; PHP does not tell case.
func (f *File) Class(name string) *Class {
	for i, c := range f.Classes {
		if equalFold(c.Name, name) {
			return &f.Classes[i]
		}
	}
	return nil
}

func join(front, back string) string {
	if front == "" || back == "" {
		return front + back
	}
	return front + `\` + back
}

func equalFold(a, b string) bool { return strings.EqualFold(a, b) }
