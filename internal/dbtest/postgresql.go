//go:build unix

package dbtest

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// StartPostgreSQL starts a PostgreSQL server with settings as on its command line ("-c", "ssl=on"), and waits until it
// answers. Passwords are asked for over TCP (scram-sha-256), not on the socket.
func StartPostgreSQL(t testing.TB, args ...string) *Server {
	t.Helper()
	return start(t, kind{
		name: "PostgreSQL", scheme: "postgresql", account: "postgres", need: "postgresql",
		install: installPostgreSQL, command: postgresqlCommand, admin: postgresqlAdmin,
		prepare: []string{"CREATE ROLE " + User + " LOGIN PASSWORD '" + strings.ReplaceAll(Password, "'", "''") + "'"},
		create:  []string{"CREATE DATABASE %[1]s OWNER " + User},
		stop:    syscall.SIGINT,  // a fast shutdown
		crash:   syscall.SIGQUIT, // an immediate one: after SIGKILL its children would linger
	}, args)
}

func installPostgreSQL(s *Server) error {
	initdb, err := postgresqlTool("initdb")
	if err != nil {
		return err
	}
	if err := s.run(initdb, "-D", "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"); err != nil {
		return err
	}
	rules := "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
	return os.WriteFile(filepath.Join(s.Dir, "data", "pg_hba.conf"), []byte(rules), 0o600)
}

// postgresqlTool finds a tool of the newest version where Debian puts them, elsewhere on the PATH.
func postgresqlTool(name string) (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	version := func(path string) int {
		n, _ := strconv.Atoi(strings.Split(path, "/")[4])
		return n
	}
	if len(found) > 0 {
		return slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) }), nil
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", errors.New("no " + name)
	}
	return path, nil
}

func postgresqlCommand(s *Server) *exec.Cmd {
	postgres, _ := postgresqlTool("postgres") // initdb was there, or there is an error at the start
	args := []string{"-D", "data", "-p", strconv.Itoa(s.Port), "-k", s.Dir, "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"}
	return exec.Command(postgres, append(args, s.args...)...)
}

func postgresqlAdmin(s *Server, database string) (*sql.DB, error) {
	if database == "" {
		database = "postgres"
	}
	return sql.Open("pgx", fmt.Sprintf("host=%s port=%d user=postgres dbname=%s", s.Dir, s.Port, database))
}
