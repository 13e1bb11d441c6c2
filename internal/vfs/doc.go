// Package vfs is the file system as the sink and its journal use it. [OS] is the real one; tests use a simulated one, in
// which they inject errors, crashes and power cuts.
//
// Beyond package os it has what a log needs: advisory locks with a timeout, appends that are one write(2), fdatasync,
// preallocation, an identifier of the machine's boot, and directories whose files are opened without following links
// ([FS.Sub]).
package vfs
