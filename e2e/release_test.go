//go:build docker

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestRelease builds a release twice, from two copies of the repository at different places, and installs what comes of it
// on a clean system without a network.
func TestRelease(t *testing.T) {
	first, second := releaseOf(t), releaseOf(t)
	sums := read(t, filepath.Join(first, "SHA256SUMS"))
	if other := read(t, filepath.Join(second, "SHA256SUMS")); sums != other {
		t.Errorf("the same commit gives other bytes:\n%s\n%s", sums, other)
	}
	t.Run("deb", func(t *testing.T) { expectInstalled(t, first) })
	t.Run("rpm", func(t *testing.T) { expectRPM(t, first) })
}

// releaseOf runs the script of a release in a copy of the repository, and returns its dist.
func releaseOf(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "copy")
	if out, err := exec.Command("git", "clone", "--quiet", "--no-hardlinks", root, dir).CombinedOutput(); err != nil {
		t.Fatalf("git clone: %v\n%s", err, out)
	}
	cmd := exec.Command("deploy/packages/release.sh")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "TARGETS=linux/amd64")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("release: %v\n%s", err, out)
	}
	return filepath.Join(dir, "dist")
}

func expectInstalled(t *testing.T, dist string) {
	const script = `set -eu
dpkg -i /dist/*.deb >/dev/null
envelog version
! envelog demo >/dev/null 2>&1 && ! envelog manual /tmp >/dev/null 2>&1 && echo nothing but envelog
dpkg -L envelog
test -x /usr/bin/envelog && ! ldd /usr/bin/envelog >/dev/null 2>&1 && echo static
zcat /usr/share/man/man1/envelog-messenger-consume.1.gz | grep -c ENVELOG_LOG_DIR
grep -c messenger:consume /usr/share/bash-completion/completions/envelog
stat -c '%a %U %G' /etc/envelog
install -m 640 -g www-data /usr/share/doc/envelog/examples/envelog.yaml /etc/envelog/shop.yaml
setpriv --reuid=www-data --regid=www-data --clear-groups envelog config --config=/etc/envelog/shop.yaml | grep keep-days
setpriv --reuid=nobody --regid=nogroup --clear-groups ls /etc/envelog 2>/dev/null || echo nobody else
dpkg -r envelog >/dev/null && test ! -e /usr/bin/envelog && echo removed`
	out, err := exec.Command("docker", "run", "--rm", "--network=none", "-v", dist+":/dist:ro", "debian:trixie-slim", "sh", "-c", script).CombinedOutput()
	if err != nil {
		t.Fatalf("install: %v\n%s", err, out)
	}
	for _, want := range []string{
		"envelog v", "commit ", "nothing but envelog", "static", "removed", "750 root www-data", "nobody else",
		"/usr/lib/systemd/system/envelog@.service", "/usr/share/zsh/vendor-completions/_envelog", "/usr/share/fish/vendor_completions.d/envelog.fish",
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("%q is not said:\n%s", want, out)
		}
	}
}

// expectRPM has rpm list the content of the package.
func expectRPM(t *testing.T, dist string) {
	packages, err := filepath.Glob(filepath.Join(dist, "*.rpm"))
	if err != nil || len(packages) != 1 {
		t.Fatalf("packages: %v, %v", packages, err)
	}
	out, err := exec.Command("rpm", "-qlp", "--nosignature", packages[0]).CombinedOutput()
	if err != nil {
		t.Fatalf("rpm: %v (Debian's package rpm)\n%s", err, out)
	}
	long, err := exec.Command("rpm", "-qlvp", "--nosignature", packages[0]).CombinedOutput()
	if err != nil || !regexp.MustCompile(`drwxr-x---\s+\d+ root\s+apache\s.*/etc/envelog\n`).Match(long) {
		t.Errorf("/etc/envelog is not for its unit's user: %v\n%s", err, long)
	}
	for _, want := range []string{"/usr/bin/envelog", "/usr/lib/systemd/system/envelog@.service.d/10-apache.conf", "/usr/share/zsh/site-functions/_envelog"} {
		if !strings.Contains(string(out), want+"\n") {
			t.Errorf("%s is not in it:\n%s", want, out)
		}
	}
}
