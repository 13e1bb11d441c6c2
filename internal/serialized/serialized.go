// Package serialized writes PHP's serialize() format for tests: it fills in lengths and counts, so that no test counts them
// by hand.
//
//	serialized.Of(`a:{s:"user";s:"ada";s:"ids";a:{i:0;i:5;}}`)
//
// is a:2:{s:4:"user";s:3:"ada";s:3:"ids";a:1:{i:0;i:5;}}. What has its length or count already stays as it is.
package serialized

import (
	"fmt"
	"strconv"
	"strings"
)

// Of returns the value that notation stands for. A string ends at the first quote before a semicolon, a class at the first
// quote before a colon, and the payload of a C: object at the brace that closes its first one; one that goes on after that
// needs its length. A notation that cannot be read is the test's mistake, and panics.
func Of(notation string) string {
	w := writer{rest: notation}
	w.value()
	if w.rest != "" {
		panic(fmt.Sprintf("serialized: %q behind the value in %q", w.rest, notation))
	}
	return w.out.String()
}

type writer struct {
	out  strings.Builder
	rest string
}

// value writes one value, or key.
func (w *writer) value() {
	switch kind := w.take(1); kind {
	case "N":
		w.out.WriteString(kind + w.take(1))
	case "i", "b", "d", "r", "R":
		w.out.WriteString(kind + w.through(";"))
	case "s", "S", "E":
		w.out.WriteString(kind + w.take(1))
		w.quoted(`";`)
		w.out.WriteString(";")
	case "a":
		w.out.WriteString(kind + w.take(1))
		w.members(2)
	case "O":
		w.out.WriteString(kind + w.take(1))
		w.quoted(`":`)
		w.out.WriteString(":")
		w.members(2)
	case "C":
		w.out.WriteString(kind + w.take(1))
		w.quoted(`":`)
		w.payload()
	default:
		panic(fmt.Sprintf("serialized: no value at %q", kind+w.rest))
	}
}

// take takes n bytes off the rest.
func (w *writer) take(n int) string {
	if len(w.rest) < n {
		panic("serialized: the notation ends too early")
	}
	taken := w.rest[:n]
	w.rest = w.rest[n:]
	return taken
}

// through takes all up to end, with it.
func (w *writer) through(end string) string {
	n := strings.Index(w.rest, end)
	if n < 0 {
		panic(fmt.Sprintf("serialized: no %s in %q", end, w.rest))
	}
	return w.take(n + len(end))
}

// count takes a count that is given, with the colon after it; -1 when there isn't one.
func (w *writer) count() int {
	digits := len(w.rest) - len(strings.TrimLeft(w.rest, "0123456789"))
	if digits == 0 {
		return -1
	}
	n, err := strconv.Atoi(w.take(digits))
	if err != nil {
		panic(err)
	}
	w.take(1)
	return n
}

// quoted writes a length and text in quotes, which stands before end: a quote and what follows it.
func (w *writer) quoted(end string) {
	n := w.count()
	w.take(1)
	if n < 0 {
		if n = strings.Index(w.rest, end); n < 0 {
			panic(fmt.Sprintf("serialized: no %s in %q", end, w.rest))
		}
	}
	fmt.Fprintf(&w.out, `%d:"%s"`, n, w.take(n))
	w.take(len(end))
}

// members writes a count and what is in braces, so many values a member.
func (w *writer) members(values int) {
	given := w.count()
	w.take(1)
	inner := writer{rest: w.rest}
	n := 0
	for inner.rest == "" || inner.rest[0] != '}' {
		inner.value()
		n++
	}
	w.rest = inner.rest[1:]
	if given < 0 {
		given = n / values
	}
	fmt.Fprintf(&w.out, "%d:{%s}", given, inner.out.String())
}

// payload writes a length and bytes in braces.
func (w *writer) payload() {
	n := w.count()
	w.take(1)
	if n < 0 {
		n = closing(w.rest)
	}
	fmt.Fprintf(&w.out, ":%d:{%s}", n, w.take(n))
	w.take(1)
}

// closing returns where the brace is that closes one before s.
func closing(s string) int {
	open := 1
	for i, c := range []byte(s) {
		switch c {
		case '{':
			open++
		case '}':
			open--
		}
		if open == 0 {
			return i
		}
	}
	panic(fmt.Sprintf("serialized: no closing brace in %q", s))
}
