// Package phpserialize reads and writes the format of PHP's serialize(): only the syntax, not what the values mean.
//
// A [Parser] fills a [phpvalue.Tree], which is walked in place, or turned into Go values with phpvalue.Value.Go. A
// [Builder] makes a tree, of new values and of parts of others, and an [Encoder] writes one.
//
// # Grammar
//
// All lengths count bytes, nothing is escaped, and there is no white space (php-src ext/standard/var.c and
// var_unserializer.re):
//
//	N;                                  null
//	b:0;  b:1;                          bool
//	i:<int64>;                          int
//	d:<float>;                          float: shortest digits, INF, -INF, NAN
//	s:<len>:"<bytes>";                  string
//	S:<len>:"<bytes, \xx>";             string with two-digit hex escapes; read only
//	a:<n>:{<key><value>...}             array of n pairs; a key is i: or s:
//	O:<len>:"<class>":<n>:{<key><value>...}   object with n properties, names mangled as in phpvalue.SplitProperty
//	C:<len>:"<class>":<len>:{<bytes>}   object of a class that implements only Serializable: opaque
//	E:<len>:"<class>:<case>";           enum
//	r:<slot>;                           the object that stands at slot
//	R:<slot>;                           PHP reference (&) to the value at slot
//
// # Slots
//
// A back reference counts from 1 the values in the order in which they start. Every value takes a slot, r: too;
// keys, property names and R: take none. What serialize() calls inside a C: payload wrote is counted as well. In a
// [phpvalue.Tree] a back reference names the node of its target, which is never a back reference itself; slots exist
// on the wire only, and [Encoder] numbers them again. So nodes can be rearranged, see [Builder].
//
// # Rules
//
//   - What PHP warns about or refuses is refused: trailing bytes, numbers out of range, a back reference to what is
//     not there. Keys are normalized as PHP does it: "5" in an array is the int key 5.
//   - Of duplicate keys all stay in the tree; the last one wins when it is looked up, as in PHP.
//   - A declared length or count is compared with the bytes that are left before anything is made of it. [Limits]
//     bound bytes, depth and number of values. Nesting costs no stack.
//   - The parser goes over the bytes once, and allocates nothing when tree and parser are used again.
//   - What PHP wrote is encoded to the same bytes again; a float keeps its spelling.
package phpserialize
