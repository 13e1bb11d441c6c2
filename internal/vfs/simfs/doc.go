// Package simfs is a simulated machine for tests: a file system with a page cache and a disk, and processes that use it
// through [vfs.FS] and can be killed, stopped, and made to fail at every call.
//
// # Model
//
// A [Process] runs the code under test in its own goroutines. Each of its file calls waits until the test, the only
// scheduler, lets it take a step:
//
//	m := simfs.New()
//	m.Start("w1", func(p *simfs.Process) { ... sink.Open(sink.Options{FS: p, ...}) ... })
//	for synctest.Wait(); ; synctest.Wait() {
//		calls := m.Ready()         // those that can go on, in an order that does not depend on the Go scheduler
//		m.Step(calls[i], fate)     // does one step of a call, or makes it fail
//		m.Kill(p), m.Stop(p), ...  // or does something to a process or to the machine
//	}
//
// It runs in a bubble of testing/synctest: while no process has a call to make, all of them sleep, and the virtual clock
// goes on. A test that draws its decisions from one seed repeats a run exactly, as long as the code under test does not
// decide anything at random.
//
// # What is simulated
//
//   - Write and Append advance page by page and hold the write lock of the inode meanwhile, as in Linux: other appends,
//     truncations and [vfs.File.AwaitWriter] wait, readers see what is there so far. A process that is killed leaves the
//     pages that it has written.
//   - A flock belongs to an open file description. Closing it, or the end of its process, frees it.
//   - The calls of a killed process never return: the goroutine exits (runtime.Goexit), its deferred functions run, and
//     what these call does nothing but exit again.
//   - A file that is removed lives on until its last descriptor is closed. Names and inodes are distinct things.
//   - Data is dirty until a sync. A failed sync is reported once per open description, and leaves the pages clean though
//     they are not on disk, as Linux does: the next sync succeeds and does nothing for them.
//   - A power cut ([Machine.PowerCut]) keeps or loses every page that is not on disk, in any subset, and any subset of
//     the 512-byte sectors of a page; sizes and names are as they were at any moment since their last sync. A rename is
//     kept or lost as a whole.
//
// Not simulated: symbolic links, permissions (EACCES comes by a [Fate]), hard links across directories, memory maps.
package simfs
