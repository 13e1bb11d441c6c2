// Package jsonvalue reads JSON into the trees that PHP's serialized values are read into, as json_decode($json, true)
// reads it (php-src ext/json): objects become arrays with their keys in order, and keys such as "5" int keys.
//
// # Rules
//
//   - Strict, as PHP is: valid UTF-8, no unpaired surrogate escapes, no control characters in strings, no comments, no
//     comma before an end, literals in lower case; white space is blank, tab, LF and CR.
//   - A number without point and exponent is an int, or a float if it is beyond int64. A float gets the spelling that
//     serialize() would give it.
//   - Nesting deeper than 511 levels is refused, as json_decode's default does. Of duplicate keys all stay in the tree, the last one
//     wins when it is looked up.
//   - Strings without escapes are views into the text; the others are decoded after it. Nothing is allocated when
//     tree and parser are used again.
package jsonvalue
