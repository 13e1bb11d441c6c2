// Package format prints log records, one line each: it knows record.Record and nothing of where it came from. [New] makes a
// [Formatter], which appends to a slice; a program that makes its own records fills record.Record, with phpserialize.Builder
// for their context.
//
// # Formats
//
//	keyvalue  envelog's own, for people and for tools: [date] channel.LEVEL: message key=value ...
//	line      byte for byte what Monolog 3's LineFormatter prints
//	json      byte for byte what Monolog 3's JsonFormatter prints
//	logfmt    ts=... level=... channel=... msg=... key=value ..., for Loki and others
//
// docs/formats.md tells each of them to users, with all that is printed differently from Monolog because it is not in
// the bytes of a message.
//
// # Grammar of keyvalue
//
//	line     = "[" date "] " channel "." LEVEL ": " message { " " field } LF
//	channel  = bare without ":" | string
//	message  = text | string
//	field    = [ "extra." ] key "=" value
//	key      = bare | string without " " and "=", which it holds as \u0020 and \u003d
//	value    = "null" | "true" | "false" | number | "NaN" | "INF" | "-INF" | array | object | bare | string
//	bare     = one or more characters that are neither blank, quote, "=", control character nor hidden
//	string   = a JSON string; array, object = a JSON array or object
//
// A reader needs no guess: the channel ends at the last dot before the first colon, unless it is a string. A message that
// does not begin with a quote is text: it ends at the last blank before the first "=" that does not follow a blank, or
// with the line. A text therefore is not empty, has no such "=", no blank at either end, and no control character or
// hidden one; every other message is a string. A value that is bare is a string that does not read as anything else: the int is 5, the
// string "5". A key of the context that starts with extra. is a string, so a bare one is a key of extra. What PHP holds
// in a string that is not UTF-8 is U+FFFD, the only loss.
//
// # Rules
//
//   - A record is one line: no formatter writes a line feed but the last, whatever the record holds, unless LineOptions keep
//     line breaks.
//   - A formatter walks the tree of a record once and writes straight into the line. It allocates nothing, except for
//     placeholders of a line format that stand in a value, and for what it has not met before, such as a time zone.
//   - No record is trusted. Depth, bytes and the number of values looked at are bounded, see Options.MaxLineBytes, so that
//     references, which can loop and multiply, cost no more than a long line. Where something is left out, the line says
//     so.
//   - A PHP value is printed as the PHP consumer would, which has the objects that unserialize() makes: what a class does
//     when it is unserialized or printed is known here for PHP's and Monolog's own classes, and for those of one table
//     (classes.go). Of any other class what has no name is not printed: it may be a secret.
//   - Characters that hide, or turn text around, are escaped in envelog's own formats, like control characters.
package format
