// Package disk has what the sink needs of the operating system beyond package os: locks that are waited for with a limit,
// fdatasync, room that is reserved, and a mark of the machine's boot.
package disk
