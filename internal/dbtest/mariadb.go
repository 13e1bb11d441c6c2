//go:build unix

package dbtest

import (
	"database/sql"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/go-sql-driver/mysql"
)

// StartMariaDB starts a MariaDB server with arguments as on its command line ("--ssl-key=x"), and waits until it answers.
func StartMariaDB(t testing.TB, args ...string) *Server {
	t.Helper()
	return start(t, kind{
		name: "MariaDB", scheme: "mysql", account: "mysql", need: "mariadb-server",
		install: installMariaDB, command: mariadbCommand, admin: mariadbAdmin,
		prepare: []string{"CREATE USER " + User + "@'127.0.0.1' IDENTIFIED BY '" + strings.ReplaceAll(Password, "'", "''") + "'"},
		create:  []string{"CREATE DATABASE %[1]s DEFAULT CHARACTER SET utf8mb4", "GRANT ALL ON %[1]s.* TO " + User + "@'127.0.0.1'"},
		stop:    syscall.SIGTERM,
		crash:   syscall.SIGKILL,
	}, args)
}

// installMariaDB has a directory of its own for what is temporary, as the server has: one that starts removes from there what looks left over,
// also what another one has just made.
func installMariaDB(s *Server) error {
	return s.run("mariadb-install-db", "--no-defaults", "--datadir="+filepath.Join(s.Dir, "data"), "--tmpdir="+s.Dir, "--auth-root-authentication-method=normal", "--skip-test-db")
}

// mariadbCommand keeps the server from looking up the names of its clients: 127.0.0.1 is who the user is.
// What is committed survives the end of the process, not that of the machine: tests need no more.
func mariadbCommand(s *Server) *exec.Cmd {
	args := []string{"--no-defaults", "--datadir=" + filepath.Join(s.Dir, "data"), "--tmpdir=" + s.Dir, "--pid-file=" + filepath.Join(s.Dir, "pid"),
		"--socket=" + filepath.Join(s.Dir, "sock"), "--port=" + strconv.Itoa(s.Port), "--bind-address=127.0.0.1", "--skip-name-resolve",
		"--innodb-flush-log-at-trx-commit=2"}
	server := "mariadbd"
	if _, err := exec.LookPath(server); err != nil {
		server = "/usr/sbin/mariadbd"
	}
	return exec.Command(server, append(args, s.args...)...)
}

func mariadbAdmin(s *Server, database string) (*sql.DB, error) {
	c := mysql.NewConfig()
	c.User, c.Net, c.Addr, c.DBName = "root", "unix", filepath.Join(s.Dir, "sock"), database
	c.Logger = &mysql.NopLogger{} // it does not answer at first
	connector, err := mysql.NewConnector(c)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector), nil
}
