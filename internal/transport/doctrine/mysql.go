package doctrine

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	driverMySQL "github.com/go-sql-driver/mysql"
)

// mysql is MariaDB too.
type mysql struct{}

func (mysql) connector(c Config) (driver.Connector, error) {
	config := driverMySQL.NewConfig()
	config.User, config.Passwd, config.DBName = c.User, string(c.Password), c.Database
	config.Net, config.Addr = "tcp", mysqlAddr(c)
	if c.Socket != "" {
		config.Net, config.Addr = "unix", c.Socket
	}
	config.DialFunc = dial
	config.Params = map[string]string{"sql_mode": sqlMode}
	config.MaxAllowedPacket = 0              // the server's, which is asked for it: a body can have megabytes
	config.Logger = &driverMySQL.NopLogger{} // what it would print is in the errors
	if err := config.Apply(driverMySQL.Charset(connectionCharset(c.Charset), "")); err != nil {
		return nil, err
	}
	var err error
	if config.TLS, err = mysqlTLS(c); err != nil {
		return nil, err
	}
	connector, err := driverMySQL.NewConnector(config)
	if err != nil {
		return nil, err
	}
	return patientConnector{connector}, nil
}

// sqlMode has the server refuse what it would otherwise change: characters that a column does not have would become "?",
// and a text that is too long would be cut.
const sqlMode = "'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'"

// connectionCharset is the character set of the connection for one that a DSN names. The old utf8 of three bytes is read
// and written in the new one: both have the same bytes for what both have.
func connectionCharset(name string) string {
	if isUTF8MB3(name) {
		return "utf8mb4"
	}
	return name
}

func isUTF8MB3(charset string) bool {
	return strings.EqualFold(charset, "utf8") || strings.EqualFold(charset, "utf8mb3")
}

// patientConnector bounds the whole attempt to connect; the driver's own timeout is about the TCP connection alone.
type patientConnector struct{ driver.Connector }

// Connect implements driver.Connector.
func (p patientConnector) Connect(ctx context.Context) (driver.Conn, error) {
	limited, cancel := context.WithTimeoutCause(ctx, silence, errSilent)
	defer cancel()
	conn, err := p.Connector.Connect(limited)
	if err != nil && ctx.Err() == nil && limited.Err() != nil {
		return nil, errSilent
	}
	return conn, err
}

func mysqlAddr(c Config) string {
	host, port := c.Host, c.Port
	if host == "" {
		host = "localhost"
	}
	if port == 0 {
		port = 3306
	}
	return net.JoinHostPort(host, strconv.Itoa(port))
}

// mysqlTLS is nil without a CA and a certificate: the connection is then in the clear, as PHP's is.
func mysqlTLS(c Config) (*tls.Config, error) {
	if c.TLS.RootCert+c.TLS.RootDir+c.TLS.Cert+c.TLS.Key == "" {
		return nil, nil
	}
	roots, err := mysqlRoots(c.TLS)
	if err != nil {
		return nil, err
	}
	config := &tls.Config{ServerName: c.Host, RootCAs: roots, InsecureSkipVerify: c.TLS.AnyHost} //nolint:gosec // as the application configures PDO
	if c.TLS.Cert != "" {
		pair, err := tls.LoadX509KeyPair(c.TLS.Cert, c.TLS.Key)
		if err != nil {
			return nil, fmt.Errorf("read ssl_cert and ssl_key: %w", err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}

// mysqlRoots returns the authorities that ssl_ca and ssl_capath name, nil for those of the system.
func mysqlRoots(c TLS) (*x509.CertPool, error) {
	if c.RootCert+c.RootDir == "" {
		return nil, nil
	}
	roots := x509.NewCertPool()
	if c.RootCert != "" {
		pem, err := os.ReadFile(c.RootCert)
		if err != nil {
			return nil, fmt.Errorf("read ssl_ca: %w", err)
		}
		if !roots.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("read ssl_ca %s: it has no certificate in PEM", c.RootCert)
		}
	}
	if c.RootDir == "" {
		return roots, nil
	}
	files, err := os.ReadDir(c.RootDir)
	if err != nil {
		return nil, fmt.Errorf("read ssl_capath: %w", err)
	}
	for _, f := range files {
		if pem, err := os.ReadFile(filepath.Join(c.RootDir, f.Name())); err == nil {
			roots.AppendCertsFromPEM(pem) // other files may lie there
		}
	}
	return roots, nil
}

func (mysql) provide() error { return nil }

func (mysql) bind(query string) string { return query }

// datetime needs no conversion: the driver gives text.
func (mysql) datetime(column string) string { return column }

func (mysql) size(column string) string { return "LENGTH(" + column + ")" }

func (mysql) digest(column string) string { return "SHA2(" + column + ", 256)" }

// lock is SKIP LOCKED where the server knows it: MySQL runs the first comment from 8.0.1 on and no MariaDB does, MariaDB
// runs the second from 10.6 on and no MySQL does.
func (mysql) lock() string { return " FOR UPDATE /*!80001 SKIP LOCKED */ /*M!100600 SKIP LOCKED */" }

func (mysql) insert(ctx context.Context, db *sql.DB, table string, args []any) (int64, error) {
	result, err := db.ExecContext(ctx, "INSERT INTO "+table+" "+insertColumns, args...)
	if err != nil {
		return 0, err
	}
	return result.LastInsertId()
}

func (mysql) exists(table string) (string, []any) {
	schema, name, qualified := strings.Cut(table, ".")
	if !qualified {
		return "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?", []any{table}
	}
	return "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = ? AND table_name = ?", []any{schema, name}
}

// create names the character set, as the tables that DoctrineBundle makes have it: a server's default can be one that
// does not hold every text.
func (mysql) create(table string) []string {
	return []string{
		"CREATE TABLE " + table + " (id BIGINT AUTO_INCREMENT NOT NULL, body LONGTEXT NOT NULL, " +
			"headers LONGTEXT NOT NULL, queue_name VARCHAR(190) NOT NULL, created_at DATETIME NOT NULL, " +
			"available_at DATETIME NOT NULL, delivered_at DATETIME DEFAULT NULL, " +
			"INDEX " + indexName(table) + " (" + strings.Join(indexColumns[:], ", ") + "), PRIMARY KEY (id)) " +
			"DEFAULT CHARACTER SET utf8mb4",
	}
}

func (mysql) room() string {
	return "max_allowed_packet of the server has to be larger than the message, and the column body LONGTEXT of utf8mb4"
}

// classify reads the number of the server's error, which MySQL and MariaDB share.
func (mysql) classify(err error) Class {
	switch {
	case errors.Is(err, driverMySQL.ErrInvalidConn):
		return ErrUnreachable
	case errors.Is(err, driverMySQL.ErrPktTooLarge):
		return ErrUnstorable
	}
	var server *driverMySQL.MySQLError
	if !errors.As(err, &server) {
		return ""
	}
	switch server.Number {
	case 1044, 1045, 1142, 1143, 1227, 1290, 1698, 1792, 1836: // database, password, rights, read-only
		return ErrAccess
	case 1049:
		return ErrNoDatabase
	case 1146:
		return ErrNoTable
	case 1213:
		return errDeadlock
	case 1205:
		return ErrLocked
	case 1300, 1366: // a string that is none of its character set, or of its column's
		return errCharset
	case 1105: // not one of the numbered; the driver sends large parameters apart
		if strings.Contains(server.Message, "max_allowed_packet") || strings.Contains(server.Message, "max_long_data_size") {
			return ErrUnstorable
		}
	case 1118, 1153, 1301, 1406: // too long: for the log of InnoDB, as a packet, as a result, for the column
		return ErrUnstorable
	case 1040, 1053, 1203, 1927: // too many connections, shutting down, too many of the user, killed
		return ErrUnreachable
	}
	return ""
}
