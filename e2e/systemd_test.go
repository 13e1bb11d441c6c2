//go:build docker

package e2e

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"envelog/fixtures"
)

// systemdImage runs a real systemd of Debian 12, the last one whose systemd also starts below version 1 of cgroups.
const systemdImage = `FROM debian:bookworm-slim
RUN apt-get update -q && apt-get install -y -q --no-install-recommends systemd redis-server >/dev/null
`

const unit = "envelog@shop"

// machine is a container whose first process is systemd.
type machine struct {
	t  *testing.T
	id string
}

// bootMachine starts systemd with envelog and its unit where the packages put them.
func bootMachine(t *testing.T) *machine {
	t.Helper()
	build := exec.Command("docker", "build", "-q", "-t", "envelog-systemd", "-")
	build.Stdin = strings.NewReader(systemdImage)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the image: %v\n%s", err, out)
	}
	binary := filepath.Join(t.TempDir(), "envelog")
	compile := exec.Command("go", "build", "-trimpath", "-o", binary, "./cmd/envelog")
	compile.Dir, compile.Env = root, append(compile.Environ(), "CGO_ENABLED=0")
	if out, err := compile.CombinedOutput(); err != nil {
		t.Fatalf("build envelog: %v\n%s", err, out)
	}
	repository, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("docker", "run", "-d", "--cap-add=SYS_ADMIN", "--security-opt=seccomp=unconfined", "--security-opt=apparmor=unconfined",
		"--cgroupns=private", "-v", "/sys/fs/cgroup/systemd:/sys/fs/cgroup/systemd:rw", "--tmpfs=/run", "--tmpfs=/run/lock", "--tmpfs=/tmp",
		"-e", "container=docker", "-v", binary+":/usr/bin/envelog:ro",
		"-v", filepath.Join(repository, "deploy/systemd/envelog@.service")+":/usr/lib/systemd/system/envelog@.service:ro",
		"envelog-systemd", "/lib/systemd/systemd").CombinedOutput()
	if err != nil {
		t.Fatalf("start systemd: %v\n%s", err, out)
	}
	m := &machine{t, strings.TrimSpace(string(out))}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the journal:\n%s", m.try("journalctl", "-u", unit, "--no-pager", "-n", "60"))
		}
		_ = exec.Command("docker", "rm", "-f", m.id).Run()
	})
	m.eventually("systemd is up", func() bool {
		state := strings.TrimSpace(m.try("systemctl", "is-system-running"))
		return state == "running" || state == "degraded" // a container lacks some of a machine
	})
	return m
}

// try runs a command on the machine, and returns what it prints, whatever becomes of it.
func (m *machine) try(command ...string) string {
	out, _ := exec.Command("docker", append([]string{"exec", m.id}, command...)...).CombinedOutput()
	return string(out)
}

// sh runs a script, which must succeed.
func (m *machine) sh(script string) string {
	m.t.Helper()
	out, err := exec.Command("docker", "exec", m.id, "sh", "-ec", script).CombinedOutput()
	if err != nil {
		m.t.Fatalf("%s: %v\n%s", script, err, out)
	}
	return string(out)
}

// is tells what systemd knows about the unit.
func (m *machine) is(property string) string {
	return strings.TrimSpace(m.try("systemctl", "show", unit, "--value", "-p", property))
}

func (m *machine) eventually(what string, reached func() bool) {
	m.t.Helper()
	for deadline := time.Now().Add(patience); !reached(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			m.t.Fatalf("not within %v: %s; systemd knows state %s, %q, result %s", patience, what, m.is("ActiveState"), m.is("StatusText"), m.is("Result"))
		}
	}
}

// publish puts one recorded record on the stream.
func (m *machine) publish() {
	m.t.Helper()
	cases, err := fixtures.Typical("bookworm")
	if err != nil {
		m.t.Fatal(err)
	}
	add := exec.Command("docker", "exec", "-i", m.id, "redis-cli", "-x", "XADD", "messages", "*", "message")
	add.Stdin = bytes.NewReader(cases[0].Field)
	if out, err := add.CombinedOutput(); err != nil || !regexp.MustCompile(`^\d+-\d+`).Match(out) {
		m.t.Fatalf("XADD: %v\n%s", err, out)
	}
}

// TestSystemd has a real systemd run the unit: start, status, reload, watchdog, restart, stop, all with its hardening.
func TestSystemd(t *testing.T) {
	m := bootMachine(t)
	const redis = "redis-server --daemonize yes --bind 127.0.0.1 --pidfile /run/redis.pid --save '' >/dev/null"
	m.sh(redis + `; install -d -g www-data -m 750 /etc/envelog
printf 'dsn: async_logging=redis://127.0.0.1/messages\nlog-level: info\n' >/etc/envelog/shop.yaml
systemctl start ` + unit)
	if state, status := m.is("ActiveState"), m.is("StatusText"); state != "active" || m.is("Type") != "notify" {
		t.Fatalf("after its start the unit is %s, %q", state, status)
	}
	m.eventually("the status says that it is idle", func() bool { return m.is("StatusText") == "idle" })
	m.publish()
	m.eventually("a line of www-data", func() bool {
		return strings.HasPrefix(m.try("sh", "-c", "stat -c '%U %s' /var/log/envelog/shop/*.log"), "www-data ")
	})

	first := m.is("MainPID")
	m.sh("sed -i 's/info/debug/' /etc/envelog/shop.yaml; systemctl reload " + unit)
	m.eventually("the reload is told", func() bool {
		return strings.Contains(m.try("journalctl", "-u", unit, "--no-pager"), "log-level")
	})
	if m.is("MainPID") != first {
		t.Error("a reload started another process")
	}

	m.sh("redis-cli shutdown nosave || true")
	m.eventually("the status says what it waits for", func() bool { return strings.HasPrefix(m.is("StatusText"), "waiting for Redis") })
	if m.is("ActiveState") != "active" {
		t.Errorf("without Redis the unit is %s", m.is("ActiveState"))
	}
	m.sh(redis)
	m.eventually("it is idle again", func() bool { return m.is("StatusText") == "idle" })

	m.sh("kill -KILL " + first)
	m.eventually("another process after a kill", func() bool { return m.is("NRestarts") == "1" && m.is("ActiveState") == "active" })
	m.sh(`mkdir -p /run/systemd/system/envelog@.service.d; printf '[Service]\nWatchdogSec=2\n' >/run/systemd/system/envelog@.service.d/soon.conf
systemctl daemon-reload; systemctl restart ` + unit)
	restarts := m.is("NRestarts")
	m.sh("kill -STOP " + m.is("MainPID"))
	m.eventually("another process after a watchdog that was not fed", func() bool { return m.is("NRestarts") > restarts && m.is("ActiveState") == "active" })

	m.sh("systemctl stop " + unit)
	if state, result := m.is("ActiveState"), m.is("Result"); state != "inactive" || result != "success" {
		t.Errorf("after a stop the unit is %s, %s", state, result)
	}
	exposure := regexp.MustCompile(`Overall exposure level for \S+: ([\d.]+) OK`).FindStringSubmatch(m.try("systemd-analyze", "security", unit, "--no-pager"))
	if exposure == nil || exposure[1] > "1.5" {
		t.Errorf("systemd-analyze security says %q", exposure)
	}
}
