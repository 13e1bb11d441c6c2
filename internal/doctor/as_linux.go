package doctor

import (
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// as calls f, which must not start goroutines, with the rights that this user has to files. It reports whether this process
// may do so; else f is not called.
func (a account) as(f func()) (allowed bool) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // for good: the thread, whose rights are changed, ends with the goroutine
		if a.become() {
			allowed = true
			f()
		}
	}()
	<-done
	return allowed
}

// become gives this thread alone the user's rights to files: unlike those of package syscall, these calls do not reach the
// other threads.
func (a account) become() bool {
	groups := make([]uint32, len(a.groups))
	for i, gid := range a.groups {
		groups[i] = uint32(gid) //nolint:gosec // a group of this system
	}
	if _, _, errno := unix.RawSyscall(unix.SYS_SETGROUPS, uintptr(len(groups)), uintptr(unsafe.Pointer(unsafe.SliceData(groups))), 0); errno != 0 {
		return false
	}
	_, _ = unix.SetfsgidRetGid(a.gid)
	_, _ = unix.SetfsuidRetUid(a.uid) // and with it go root's rights to files
	uid, err := unix.SetfsuidRetUid(-1)
	return err == nil && uid == a.uid
}
