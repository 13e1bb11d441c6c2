//go:build faults || fault

package faultpoint

// Commit returns the points of a commit, in the order in which a process passes them.
func Commit() []string {
	return []string{"before-journal", "after-journal", "mid-append", "after-append", "after-sync"}
}

// Batch returns all points of a batch, in order: those of its commit, and those of its acknowledgement.
func Batch() []string { return append(Commit(), "before-ack", "after-ack") }
