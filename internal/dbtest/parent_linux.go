package dbtest

import "syscall"

// dieWithParent asks the kernel to end the server when the test binary dies without a chance to clean up.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGQUIT}
}
