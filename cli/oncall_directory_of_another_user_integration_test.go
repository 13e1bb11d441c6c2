//go:build integration && linux

package cli_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"envelog/internal/filetest"
	"envelog/internal/redistest"
)

// nobody is a user without rights.
const nobody = 65534

// asNobody has the worker run as that user, in directories that it may pass.
func asNobody(t *testing.T, i *incident) {
	t.Helper()
	for dir := filepath.Dir(i.dir); dir != "/" && dir != "/tmp"; dir = filepath.Dir(dir) {
		filetest.Must(t, os.Chmod(dir, 0o755)) //nolint:gosec // as others have it
	}
	for dir := i.bin; dir != "/" && dir != "/tmp"; dir = filepath.Dir(dir) {
		filetest.Must(t, os.Chmod(dir, 0o755)) //nolint:gosec // as others have it
	}
	i.user = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
}

func TestOnCallTheParentDirectoryIsOfAnotherUser(t *testing.T) {
	i := newIncident(t, redistest.Start(t))
	asNobody(t, i)
	i.start()
	i.ends(1)
	cure := i.says(`(?m)^\d\d:\d\d:\d\d CRITICAL +.*create log directory .*user 65534 may not create directories in .*: create it for that user, such as by (.*)$`)[1]
	i.run(0, cure)
	i.publish(0)
	i.start()
	i.written(1)
	i.stop()
}

func TestOnCallTheDirectoryIsOfAnotherUser(t *testing.T) {
	i := newIncident(t, redistest.Start(t))
	asNobody(t, i)
	filetest.Must(t, os.Mkdir(i.dir, 0o755)) //nolint:gosec // as root makes it
	i.start()
	i.ends(1)
	cure := i.says(`(?m)CRITICAL +.*permission denied.*let user 65534 write there, such as by (.*)$`)[1]
	i.run(0, cure)
	i.publish(0)
	i.start()
	i.written(1)
	i.stop()
}

// TestOnCallTheRejectedMessagesAreOfAnotherUser has a message that can go nowhere but where the worker may not write.
func TestOnCallTheRejectedMessagesAreOfAnotherUser(t *testing.T) {
	i := newIncident(t, redistest.Start(t))
	asNobody(t, i)
	kept := filepath.Join(i.dir, ".rejected")
	filetest.Must(t, os.Mkdir(i.dir, 0o755), os.Mkdir(kept, 0o755), os.Chown(i.dir, nobody, nobody)) //nolint:gosec // as others have it
	i.start("--max-retries=0")
	i.happens()
	i.server.Do("XADD", "messages", "*", "message", "hello")
	i.publish(0)
	cure := i.says(`ERROR .*they stay pending, and are tried again\..*permission denied: let user 65534 write there, such as by (chown -R 65534 )\\?"(.*)\\?"`)
	i.written(1) // the others go on
	i.reports("envelog doctor", `problem +log directory: .*permission denied\n +-> user 65534 .*may not write there: let user 65534 write there, such as by chown -R 65534`)
	i.happens()
	i.run(0, cure[1]+kept)
	i.says(`CRITICAL .*Kept in \S+; when the cause is mended: envelog rejected:retry`)
	i.reports("envelog rejected:list", `corrupt data`)
	i.stop()
}
