// Package php reads as much of PHP's syntax as it takes to see what a Symfony application's own source says: arrays of
// configuration, attributes of classes, methods that return a directory. Nothing is run, and nothing is looked up in other
// files.
//
// Model: [Parse] splits a file into tokens and those into statements, classes and expressions. What the parser does not know
// becomes a node of kind [Opaque] that spans it, up to the comma, the semicolon or the bracket that ends it, so that one
// expression does not hide what stands beside it.
//
//	text -> tokens -> File{Statements, Classes} -> Node
//
// Rules:
//   - Parse never fails on an unknown construct; an error means that brackets or quotes do not match, or that the file is
//     larger or nested deeper than [MaxSize] and [MaxDepth].
//   - Names are as the file writes them; [File.Resolve] applies namespace and imports.
//   - Each node knows its line and column.
package php
