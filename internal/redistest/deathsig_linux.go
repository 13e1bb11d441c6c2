package redistest

import "syscall"

// dieWithParent asks the kernel to kill the server when the test binary dies without a chance to clean up.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
