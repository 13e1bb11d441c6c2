//go:build integration && linux

package cli_test

import (
	"net/http"
	"strings"
	"syscall"
	"testing"

	"envelog/internal/redistest"
)

// TestPagesShowNoSecret has DSNs with passwords, a failure transport that cannot be reached, and a server that refuses the
// password while the worker runs, so that pages show the errors of both.
func TestPagesShowNoSecret(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	server.Do("ACL", "SETUSER", "app", "on", ">"+secretMark, "~*", "&*", "+@all")
	o := startObserved(t, "redis://app:"+secretMark+"@"+server.Addr+"/messages", t.TempDir(),
		"--dsn=failed=postgresql://app:"+secretMark+"@127.0.0.1:1/app?sslmode=disable", "--failure-transport=failed")
	o.is("/readyz", http.StatusOK)
	o.showsOnPage("/failed.json", "127.0.0.1:1")
	o.showNoSecret()
	server.Do("ACL", "SETUSER", "app", "resetpass", ">another")
	server.Do("CLIENT", "KILL", "USER", "app")
	o.showsOnPage("/livez", "WRONGPASS")
	o.showsOnPage("/overview.json", "WRONGPASS")
	o.showNoSecret()
	o.end(syscall.SIGTERM)
	if strings.Contains(o.stderr.String(), secretMark) {
		t.Errorf("the log shows the secret:\n%s", o.stderr.String())
	}
}

// showNoSecret reads everything that is served and ends.
func (o observed) showNoSecret() {
	o.t.Helper()
	for _, path := range []string{"/", "/overview.json", "/failed.json", "/metrics", "/livez", "/readyz"} {
		if _, body := o.get(path); body == "" || strings.Contains(strings.ToLower(body), secretMark) {
			o.t.Errorf("%s shows the secret, or nothing:\n%s", path, body)
		}
	}
}
