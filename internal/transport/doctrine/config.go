package doctrine

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"envelog/internal/secret"
)

// Platform is a kind of database, in the words of Doctrine DBAL.
type Platform int

// The platforms. MySQL is MariaDB too.
const (
	PostgreSQL Platform = iota + 1
	MySQL
	SQLite
)

// String returns the scheme of the platform's URLs.
func (p Platform) String() string {
	switch p {
	case PostgreSQL:
		return "postgresql"
	case MySQL:
		return "mysql"
	case SQLite:
		return "sqlite"
	}
	return "Platform(" + strconv.Itoa(int(p)) + ")"
}

// Config is one Doctrine transport of Symfony, as its DSN and its options describe it, and the database below it.
type Config struct {
	Platform Platform
	Host     string // name, address, or for PostgreSQL the directory of a unix socket; "" is the client library's default
	Port     int    // 0: the platform's own
	Socket   string // MySQL: path of a unix socket, instead of Host and Port
	User     string
	Password secret.Secret
	Database string // PostgreSQL and MySQL
	Path     string // SQLite: path of the file, relative ones from the working directory, as for PHP

	Charset string // MySQL: character set of the connection; default utf8mb4, as DoctrineBundle has it
	AppName string // PostgreSQL: application_name, as pg_stat_activity shows it; default envelog
	TLS     TLS

	// Ignored has the parameters of the database's URL that mean nothing to Doctrine, and nothing here: a hoster's, such
	// as pgbouncer, or misspelt ones. They are worth a warning.
	Ignored []string

	Table            string        // default messenger_messages; "schema.table" is possible
	Queue            string        // column queue_name; default "default"
	RedeliverTimeout time.Duration // a message handed out for so long is handed out again; whole seconds, default 1 h
	AutoSetup        bool          // create the table when it is missing; default true

	// Zone is the time zone of the table's times, which do not name it. Symfony 6.3 and later write UTC, the default
	// (nil); older ones the time zone of PHP (date.timezone). With the wrong one PHP is given messages hours late.
	Zone *time.Location
}

// TLS says how the connection to a server is secured. Paths are those of PEM files.
type TLS struct {
	Mode     string // PostgreSQL: libpq's sslmode, "" is its default, prefer. MySQL has none: a CA or a Cert turns TLS on.
	RootCert string // sslrootcert, ssl_ca
	RootDir  string // ssl_capath: MySQL's directory of such files
	Cert     string // sslcert, ssl_cert
	Key      string // sslkey, ssl_key
	AnyHost  bool   // MySQL: whatever certificate the server shows is taken (MYSQL_ATTR_SSL_VERIFY_SERVER_CERT off)
}

// defaultConfig is Connection::DEFAULT_OPTIONS of symfony/doctrine-messenger, the same from 5.4 to 7.4.
func defaultConfig() Config {
	return Config{
		Charset:          "utf8mb4",
		AppName:          "envelog",
		Table:            "messenger_messages",
		Queue:            "default",
		RedeliverTimeout: time.Hour,
		AutoSetup:        true,
	}
}

// String is the DSN without user and password, for logs.
func (c Config) String() string {
	return c.database() + "?" + url.Values{"table_name": {c.Table}, "queue_name": {c.Queue}}.Encode()
}

// database names the database alone, for messages of errors.
func (c Config) database() string {
	if c.Platform == SQLite {
		return "sqlite:///" + c.Path
	}
	host := c.Host
	if c.Socket != "" {
		host = c.Socket
	}
	if c.Port != 0 && c.Socket == "" {
		host = net.JoinHostPort(host, strconv.Itoa(c.Port))
	}
	return c.Platform.String() + "://" + host + "/" + c.Database
}

// InClear reports whether login and messages may cross a network where others can read them: the server is elsewhere, and
// nothing demands TLS.
func (c Config) InClear() bool {
	if c.Platform == SQLite || c.Socket != "" || strings.HasPrefix(c.Host, "/") || isLoopback(c.Host) {
		return false
	}
	if c.Platform == MySQL {
		return c.TLS.RootCert+c.TLS.RootDir+c.TLS.Cert == ""
	}
	return !slices.Contains([]string{"require", "verify-ca", "verify-full"}, c.TLS.Mode)
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "" || host == "localhost" || ip != nil && ip.IsLoopback()
}

// JournalSource is what journals of lines call the queue: the same in all processes that share a log directory, by whichever
// address they reach the server.
func (c Config) JournalSource() string {
	database := c.Database
	if c.Platform == SQLite {
		database = c.Path
	}
	return fmt.Sprintf("doctrine %s %q table %q queue %q", c.Platform, database, c.Table, c.Queue)
}

func (c Config) zone() *time.Location {
	if c.Zone == nil {
		return time.UTC
	}
	return c.Zone
}
