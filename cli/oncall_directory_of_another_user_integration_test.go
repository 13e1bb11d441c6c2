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

// endsByTheCure starts a worker that ends with an error, runs the command that the pattern finds in it, word for word, and
// starts again.
func (i *incident) endsByTheCure(pattern string) {
	i.t.Helper()
	i.start()
	i.ends(1)
	i.run(0, i.says(pattern)[1])
	i.publish(0)
	i.start()
	i.written(1)
	i.stop()
}

func TestOnCallTheParentDirectoryIsOfAnotherUser(t *testing.T) {
	t.Parallel()
	i := newIncident(t, redistest.Start(t))
	asNobody(t, i)
	i.endsByTheCure(`(?m)^\d\d:\d\d:\d\d CRITICAL +.*create log directory .*user 65534 may not create directories in .*: create it for that user, such as by (.*)$`)
}

func TestOnCallTheDirectoryIsOfAnotherUser(t *testing.T) {
	t.Parallel()
	i := newIncident(t, redistest.Start(t))
	asNobody(t, i)
	filetest.Must(t, os.Mkdir(i.dir, 0o755)) //nolint:gosec // as root makes it
	i.endsByTheCure(`(?m)CRITICAL +.*permission denied.*let user 65534 write there, such as by (.*)$`)
}

// TestOnCallTheRejectedMessagesAreOfAnotherUser has a message that can go nowhere but where the worker may not write.
func TestOnCallTheRejectedMessagesAreOfAnotherUser(t *testing.T) {
	t.Parallel()
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
