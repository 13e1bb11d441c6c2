// Package vfs is the file system as the sink and its journal use it. [OS] is the real one; tests put a simulated one in
// its place, which fails, forgets and stops where they want it to.
//
// Beyond package os it has what a log needs: advisory locks that are waited for with a limit, appends that are one
// write(2), fdatasync, reserved room, a mark of the machine's boot, and directories whose content is reached without
// following a link ([FS.Sub]).
package vfs
