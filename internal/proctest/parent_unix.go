//go:build unix && !linux

package proctest

import "syscall"

// DieWithTest does nothing: only Linux has it.
func DieWithTest(syscall.Signal) *syscall.SysProcAttr { return &syscall.SysProcAttr{} }
