package doctrine

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"envelog/internal/secret"
	"envelog/internal/transport/option"
)

// errInvalid never holds what it is about: that could be a password.
var errInvalid = errors.New("invalid DSN of a doctrine transport")

// SupportsDSN says whether dsn is one of this transport: "doctrine://", as DoctrineTransportFactory::supports has it, or
// the URL of a database.
func SupportsDSN(dsn string) bool {
	scheme, _, ok := strings.Cut(dsn, "://")
	return ok && (scheme == "doctrine" || platformOf(scheme) != 0)
}

// platformOf knows the schemes that DoctrineBundle and Doctrine DBAL map to a driver, and mariadb.
func platformOf(scheme string) Platform {
	switch strings.ReplaceAll(scheme, "_", "-") {
	case "postgresql", "postgres", "pgsql", "pdo-pgsql":
		return PostgreSQL
	case "mysql", "mysql2", "pdo-mysql", "mysqli", "mariadb":
		return MySQL
	case "sqlite", "sqlite3", "pdo-sqlite":
		return SQLite
	}
	return 0
}

// ConnectionName returns the name of Doctrine's connection that dsn means, "default" of "doctrine://default?queue_name=x",
// and "" when dsn is the URL of a database, or nothing that ParseDSN reads: it then needs none.
func ConnectionName(dsn string) string {
	u, err := parseURL(dsn)
	if err != nil || u.scheme != "doctrine" {
		return ""
	}
	return u.host
}

// ParseDSN reads the DSN of a Doctrine transport and the options of messenger.yaml beside it (strings, numbers,
// booleans; a later map wins). The precedence is Symfony's: parameter of the query, option, default.
//
// "doctrine://name?queue_name=failed" means the connection of that name; databases has their URLs by name, "default"
// being DATABASE_URL. Such a URL can be the DSN itself, and then has the transport's options among its own parameters:
// "postgresql://user:password@host:5432/app?queue_name=failed". A URL is read as Doctrine's DsnParser reads it: parts are
// percent-decoded, a parameter of the query replaces a part (host, port, user, password, dbname, path), and a path of
// SQLite is relative, "sqlite:////var/app.db" being the absolute one.
//
// A value that does not parse is an [*option.Error], and an unknown option of doctrine://, as in PHP. An unknown parameter of
// a database's URL is [Config.Ignored], as PHP ignores it; in a DSN that is such a URL, one that is nearly a known one is
// an [*option.Error]. Options that are nil are not set. No error holds a password.
func ParseDSN(dsn string, databases map[string]string, options ...map[string]any) (Config, error) {
	u, err := parseURL(dsn)
	if err != nil {
		return Config{}, err
	}
	settings := map[string]any{}
	for _, o := range append(options, u.query) {
		maps.Copy(settings, o)
	}
	maps.DeleteFunc(settings, func(_ string, value any) bool { return value == nil })
	c := defaultConfig()
	known, strict := transportSetters(), refuseNear
	if u.scheme == "doctrine" {
		if err := c.apply(settings, known, refuseUnknown); err != nil {
			return Config{}, err
		}
		if u, err = lookUp(u.host, databases); err != nil {
			return Config{}, err
		}
		settings, known, strict = u.query, nil, ignoreUnknown
	}
	if err := c.setURL(u); err != nil {
		return Config{}, err
	}
	known = option.Merge(known, databaseSetters(c.Platform))
	if err := c.apply(settings, known, strict); err != nil {
		return Config{}, err
	}
	if err := c.check(); err != nil {
		return Config{}, err
	}
	return c, nil
}

// lookUp reads the URL of a connection of Doctrine.
func lookUp(name string, databases map[string]string) (dsnURL, error) {
	if name == "" {
		return dsnURL{}, fmt.Errorf("%w: it names no connection, as doctrine://default does", errInvalid)
	}
	database := databases[name]
	if database == "" {
		cure := "give the URL of its database"
		if name == "default" {
			cure = "set DATABASE_URL"
		}
		return dsnURL{}, fmt.Errorf("the database of the doctrine connection %q is not known: %s, or use a DSN such as "+
			"postgresql://host/name?queue_name=failed, with user:password@ before the host", name, cure)
	}
	u, err := parseURL(database)
	if err == nil && u.scheme == "doctrine" {
		err = fmt.Errorf("%w: it is no URL of a database", errInvalid)
	}
	if err != nil {
		return dsnURL{}, fmt.Errorf("read the database URL of the doctrine connection %q: %w", name, err)
	}
	return u, nil
}

// dsnURL is a DSN in the parts that PHP's parse_url gives, percent-decoded; the path is without its first slash.
type dsnURL struct {
	scheme         string
	user, password string
	host, port     string
	path           string
	query          map[string]any // strings; of a parameter that is there twice the last one
}

// parseURL is not net/url: that refuses what PHP accepts in a password, and its errors show the URL.
func parseURL(dsn string) (dsnURL, error) {
	scheme, rest, ok := strings.Cut(dsn, "://")
	if !ok || scheme != "doctrine" && platformOf(scheme) == 0 {
		return dsnURL{}, fmt.Errorf("%w: it starts with none of doctrine://, postgresql://, mysql://, sqlite://", errInvalid)
	}
	rest, _, _ = strings.Cut(rest, "#")
	rest, query, _ := strings.Cut(rest, "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		return dsnURL{}, fmt.Errorf("%w: its query is malformed (in a value %% is written %%25, and ; %%3B)", errInvalid)
	}
	u := dsnURL{scheme: scheme, query: map[string]any{}}
	for name, all := range values {
		if strings.ContainsAny(name, "@/") {
			return dsnURL{}, errQuestionMark
		}
		u.query[name] = all[len(all)-1]
	}
	authority, path, _ := strings.Cut(rest, "/")
	u.path = unescape(path)
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		user, password, _ := strings.Cut(authority[:at], ":")
		u.user, u.password = unescape(user), unescape(password)
		authority = authority[at+1:]
	}
	u.setHost(authority)
	return u, nil
}

var errQuestionMark = fmt.Errorf("%w: behind its ? stands no parameter (in a password, ? is written %%3F)", errInvalid)

// setHost reads "host", "host:port", "[::1]" or "[::1]:port".
func (u *dsnURL) setHost(s string) {
	if i := strings.LastIndexByte(s, ':'); i >= 0 && !strings.HasSuffix(s, "]") {
		s, u.port = s[:i], s[i+1:]
	}
	u.host = strings.TrimSuffix(strings.TrimPrefix(unescape(s), "["), "]")
}

// unescape is PHP's rawurldecode, which takes a malformed escape literally, except for a text that has both kinds.
func unescape(s string) string {
	if plain, err := url.PathUnescape(s); err == nil {
		return plain
	}
	return s
}

var errPort = errors.New("its port is not a number from 1 to 65535 (a password ends in @, and has its own / ? # as %2F %3F %23)")

// setURL stores the parts of a database's URL.
func (c *Config) setURL(u dsnURL) error {
	c.Platform = platformOf(u.scheme)
	if c.Platform == SQLite {
		c.Path = u.path
		return nil
	}
	c.Host, c.User, c.Password, c.Database = u.host, u.user, secret.Secret(u.password), u.path
	if u.port == "" {
		return nil
	}
	port, err := strconv.ParseUint(u.port, 10, 16)
	if err != nil || port == 0 {
		return fmt.Errorf("%w: %w", errInvalid, errPort)
	}
	c.Port = int(port)
	return nil
}

// maxTable is the length of PostgreSQL's identifiers, which a channel of NOTIFY has too.
const maxTable = 63

// check refuses what only the whole can tell, or what would end up in SQL as more than a name.
func (c Config) check() error {
	switch {
	case !isTableName(c.Table):
		return &option.Error{Name: "table_name", Reason: fmt.Sprintf("must be a name, or schema.name, of letters, digits and _, of %d characters at most", maxTable)}
	case utf8.RuneCountInString(c.Queue) > maxQueue:
		return &option.Error{Name: "queue_name", Reason: fmt.Sprintf("has more than the %d characters of its column", maxQueue)}
	case c.Platform == SQLite && c.Path == "":
		return fmt.Errorf("%w: it names no file, as sqlite:////var/app.db does", errInvalid)
	case c.Platform == SQLite && c.Path == ":memory:":
		return fmt.Errorf("%w: a database in memory lives in one process only", errInvalid)
	case c.Platform != SQLite && c.Database == "":
		return fmt.Errorf("%w: it names no database, as %s://host/app does", errInvalid, c.Platform)
	}
	return nil
}

// isTableName allows what needs no quotes in SQL: doctrine-messenger quotes the name nowhere.
func isTableName(s string) bool {
	if len(s) > maxTable {
		return false
	}
	parts := strings.Split(s, ".")
	return len(parts) <= 2 && !slices.ContainsFunc(parts, func(p string) bool { return !isIdentifier(p) })
}

func isIdentifier(s string) bool {
	for i := range len(s) {
		switch b := s[i]; {
		case b == '_' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z':
		case i > 0 && '0' <= b && b <= '9':
		default:
			return false
		}
	}
	return s != ""
}
