package proctest

import "syscall"

// DieWithTest asks the kernel to send the signal to a process when the test binary dies without a chance to clean up.
func DieWithTest(signal syscall.Signal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: signal}
}
