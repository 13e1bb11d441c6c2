package doctrine

import (
	"context"
	"crypto/tls"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"testing"
	"time"

	driverMySQL "github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgconn"
)

// TestClassify has the codes that a test cannot bring a server to on purpose.
func TestClassify(t *testing.T) {
	pg := func(code string) error { return fmt.Errorf("query: %w", &pgconn.PgError{Code: code}) }
	my := func(number uint16) error { return fmt.Errorf("query: %w", &driverMySQL.MySQLError{Number: number}) }
	for _, tt := range []struct {
		name    string
		dialect dialect
		err     error
		want    Class
	}{
		{"too many connections", postgresql{}, pg("53300"), ErrUnreachable},
		{"starting", postgresql{}, pg("57P03"), ErrUnreachable},
		{"connection failure", postgresql{}, pg("08006"), ErrUnreachable},
		{"read-only", postgresql{}, pg("25006"), ErrAccess},
		{"deadlock", postgresql{}, pg("40P01"), errDeadlock},
		{"lock timeout", postgresql{}, pg("55P03"), ErrLocked},
		{"disk full", postgresql{}, pg("53100"), ""},
		{"too many connections", mysql{}, my(1040), ErrUnreachable},
		{"no database", mysql{}, my(1049), ErrNoDatabase},
		{"read-only", mysql{}, my(1290), ErrAccess},
		{"deadlock", mysql{}, my(1213), errDeadlock},
		{"lock timeout", mysql{}, my(1205), ErrLocked},
		{"disk full", mysql{}, my(1021), ""},
		{"no rights on the file", sqlite{}, &fs.PathError{Op: "open", Path: "/x.db", Err: fs.ErrPermission}, ErrAccess},
		{"connection cut", mysql{}, io.ErrUnexpectedEOF, ErrUnreachable},
		{"connection gone", postgresql{}, driver.ErrBadConn, ErrUnreachable},
		{"certificate", mysql{}, &tls.CertificateVerificationError{Err: errors.New("expired")}, ErrUntrusted},
		{"something else", sqlite{}, errors.New("x"), ""},
	} {
		t.Run(fmt.Sprintf("%T %s", tt.dialect, tt.name), func(t *testing.T) {
			if got := (&Transport{dialect: tt.dialect}).classify(tt.err); got != tt.want {
				t.Fatalf("classify(%v) = %q, want %q", tt.err, got, tt.want)
			}
		})
	}
}

func TestDeadlockIsTriedAgain(t *testing.T) {
	s := &Transport{dialect: mysql{}, config: Config{Platform: MySQL, Host: "h", Database: "app"}}
	deadlock := &driverMySQL.MySQLError{Number: 1213, Message: "Deadlock found"}
	for _, tt := range []struct {
		name      string
		deadlocks int
		want      error
		calls     int
	}{
		{"none", 0, nil, 1},
		{"two", 2, nil, 3},
		{"for ever", 9, ErrLocked, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s.answered.Store(time.Now().UnixNano()) // no server is asked whether it is there
			calls := 0
			err := s.do(t.Context(), "get message", func(context.Context) error {
				if calls++; calls <= tt.deadlocks {
					return deadlock
				}
				return nil
			})
			if !errors.Is(err, tt.want) || calls != tt.calls {
				t.Fatalf("%v after %d calls, want %v after %d", err, calls, tt.want, tt.calls)
			}
		})
	}
}
