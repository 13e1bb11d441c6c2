package symfony

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
)

// A Connection is one of doctrine.dbal.connections.
type Connection struct {
	Name string
	// URL is a secret, as likely as not: the configured url, or one made of driver, host, port, user, password, dbname and
	// so on, such as postgresql://user:password@host:5432/name?serverVersion=16 or sqlite:////path. A dbname_suffix is
	// part of it.
	URL string
	// Origin is where the url comes from, or the first of the other parameters.
	Origin Origin
}

// connectionKeys are what makes the URL of a connection; what else a connection has does not matter here.
func connectionKeys() []string {
	keys := []string{"url", "driver", "host", "port", "dbname", "user", "password", "path", "memory", "dbname_suffix"}
	for _, p := range urlParameters() {
		keys = append(keys, p.key)
	}
	return keys
}

// urlParameter is a parameter of a connection by its key in doctrine.yaml, and its name in the query of a URL.
type urlParameter struct{ key, name string }

// urlParameters are those that doctrine.dbal and Doctrine's URLs share. The keys after "options." are those of PDO and of
// mysqli below options.
func urlParameters() []urlParameter {
	all := []urlParameter{{"server_version", "serverVersion"}}
	for _, name := range []string{
		"charset", "unix_socket", "application_name", "gssencmode", "sslmode", "sslrootcert", "sslcert", "sslkey", "sslcrl",
	} {
		all = append(all, urlParameter{name, name})
	}
	for _, name := range []string{"ssl_key", "ssl_cert", "ssl_ca", "ssl_capath", "ssl_cipher"} {
		all = append(all, urlParameter{optionPrefix + name, name})
	}
	for _, number := range pdoTLS() {
		all = append(all, urlParameter{optionPrefix + number, "driverOptions[" + number + "]"})
	}
	return all
}

const optionPrefix = "options."

// pdoTLS are the numbers of PDO's attributes that say how a connection to MySQL is secured, by their names.
func pdoTLS() map[string]string {
	return map[string]string{
		"SSL_KEY": "1007", "SSL_CERT": "1008", "SSL_CA": "1009", "SSL_CAPATH": "1010", "SSL_CIPHER": "1011", "SSL_VERIFY_SERVER_CERT": "1014",
	}
}

// optionKey returns the key of an option in connectionKeys, however the file names it: by its number, by its constant of
// PDO, or by its name for mysqli.
func optionKey(written string) string {
	_, constant, _ := strings.Cut(written, "::")
	constant = strings.TrimPrefix(strings.TrimPrefix(constant, "MYSQL_"), "ATTR_")
	if number := pdoTLS()[constant]; number != "" {
		return optionPrefix + number
	}
	return optionPrefix + written
}

// Connection returns the Doctrine connection called name, as doctrine://name means it. Class ErrUnknown: there is no such
// connection.
func (a *Application) Connection(name string) (Connection, error) {
	c, err := a.connection(name)
	if err != nil {
		return Connection{}, fmt.Errorf("read Doctrine connection %s: %w", name, err)
	}
	return c, nil
}

func (a *Application) connection(name string) (Connection, error) {
	d, err := a.doctrine()
	if err != nil {
		return Connection{}, err
	}
	if !slices.Contains(d.names, name) {
		return Connection{}, unknown(Position{}, "it is not configured%s", suggest(name, d.names))
	}
	return a.resolveConnection(name, d.connections[name])
}

// ConnectionNames returns the names of all Doctrine connections, that of the default connection first.
func (a *Application) ConnectionNames() ([]string, error) {
	d, err := a.doctrine()
	if err != nil {
		return nil, fmt.Errorf("read the Doctrine connections: %w", err)
	}
	if i := slices.Index(d.names, d.byDefault); i > 0 {
		d.names = slices.Insert(slices.Delete(d.names, i, i+1), 0, d.byDefault)
	}
	return d.names, nil
}

// doctrine is doctrine.dbal, merged over all files.
type doctrine struct {
	byDefault   string   // default_connection; without it, the first one is the default (DoctrineExtension::dbalLoad)
	names       []string // in the order of the files
	connections map[string]map[string]*value
}

func (a *Application) doctrine() (*doctrine, error) {
	if err := a.unreadAbout("Doctrine", unread.configuresDoctrine); err != nil {
		return nil, withCure(err, a.advise("dsn")+" with the DSN of the transport")
	}
	d := &doctrine{connections: map[string]map[string]*value{}}
	for _, configuration := range a.loader.extensions["doctrine"] {
		section, err := a.resolver.follow(configuration)
		if err == nil {
			section, err = a.resolver.follow(orNull(section.item("dbal")))
		}
		if err == nil && section.kind == dict {
			err = a.addDBAL(d, section.underscored())
		}
		if err != nil {
			return nil, err
		}
	}
	return d, nil
}

// addDBAL reads one dbal section: connections, or the parameters of the only one at the top (Configuration::addDbalSection).
func (a *Application) addDBAL(d *doctrine, section *value) error {
	only := "default"
	if name := section.item("default_connection"); name != nil {
		v, err := a.resolver.resolve(name)
		if err != nil {
			return err
		}
		d.byDefault = phpString(v.data)
		only = d.byDefault
	}
	raw := section.item("connections")
	if raw == nil {
		if slices.ContainsFunc(section.keys, isConnectionKey) {
			return d.add(only, section)
		}
		return nil
	}
	connections, err := a.resolver.follow(raw)
	if err != nil {
		return err
	}
	for i, name := range connections.keys {
		parameters, err := a.resolver.follow(connections.items[i])
		if err != nil {
			return err
		}
		if err := d.add(name, parameters); err != nil {
			return err
		}
	}
	return nil
}

// isConnectionKey tells a connection's own key from those of the dbal section.
func isConnectionKey(key string) bool {
	return !slices.Contains([]string{"default_connection", "types", "type", "driver_schemes", "driver_scheme"}, key)
}

func (d *doctrine) add(name string, parameters *value) error {
	if parameters.kind != dict && !parameters.isNull() {
		return invalid(parameters.at, "a connection has to be a map, and is %s", parameters.typeName())
	}
	if d.connections[name] == nil {
		d.names = append(d.names, name)
		d.connections[name] = map[string]*value{}
	}
	if parameters.kind == dict {
		parameters = parameters.underscored()
	}
	for i, key := range parameters.keys {
		if slices.Contains(connectionKeys(), key) {
			d.connections[name][key] = parameters.items[i]
		}
	}
	return d.addOptions(name, parameters.item("options"))
}

// addOptions reads what is handed to PDO or mysqli as it is.
func (d *doctrine) addOptions(name string, options *value) error {
	if options.isNull() || options.kind == list {
		return nil // a list has PDO's smallest numbers, which do not matter here
	}
	if options.kind != dict {
		return invalid(options.at, "the options of a connection have to be a map here, and are %s", options.typeName())
	}
	for i, written := range options.keys {
		if key := optionKey(written); slices.Contains(connectionKeys(), key) {
			d.connections[name][key] = options.items[i]
		}
	}
	return nil
}

// resolveConnection resolves the parameters of one connection and makes its URL.
func (a *Application) resolveConnection(name string, raw map[string]*value) (Connection, error) {
	c := Connection{Name: name}
	parameters := map[string]string{}
	var errs []error
	for _, key := range connectionKeys() {
		if raw[key] == nil {
			continue
		}
		v, err := a.resolver.resolve(raw[key])
		if err != nil {
			errs = append(errs, withCure(err, a.advise("dsn")+" with the DSN of the transport"))
			continue
		}
		if v.isNull() || v.kind != scalar {
			continue
		}
		parameters[key] = phpString(v.data)
		if v.data == false {
			parameters[key] = "0" // in a URL, nothing would be true of PDO's attributes
		}
		if c.Origin.File == "" {
			c.Origin = origin(v)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return Connection{}, err
	}
	c.URL = withParameters(parameters["url"], parameters)
	if c.URL == "" {
		c.URL = databaseURL(parameters)
	}
	c.URL = withSuffix(c.URL, parameters["dbname_suffix"])
	return c, nil
}

// databaseURL writes parameters as Doctrine's DsnParser reads them; pdo_mysql, localhost and root are DoctrineBundle's
// defaults.
func databaseURL(p map[string]string) string {
	scheme := scheme(p["driver"])
	query := url.Values{}
	for _, parameter := range urlParameters() {
		if p[parameter.key] != "" {
			query.Set(parameter.name, p[parameter.key])
		}
	}
	u := url.URL{Scheme: scheme, RawQuery: query.Encode()}
	if scheme == "sqlite" {
		return sqliteURL(p, u.RawQuery)
	}
	u.User = url.UserPassword(or(p["user"], "root"), p["password"])
	if p["password"] == "" {
		u.User = url.User(or(p["user"], "root"))
	}
	u.Host = or(p["host"], "localhost")
	if p["port"] != "" {
		u.Host = net.JoinHostPort(u.Host, p["port"])
	}
	u.Path = "/" + p["dbname"]
	return u.String()
}

// withParameters adds to a URL what stands beside it: the URL wins (DoctrineBundle's ConnectionFactory merges it over the
// other parameters). Its server, user and database are its own.
func withParameters(dsn string, p map[string]string) string {
	_, query, found := strings.Cut(dsn, "?")
	own, err := url.ParseQuery(query)
	if dsn == "" || err != nil || strings.Contains(query, "#") {
		return dsn // whoever reads it says what is wrong
	}
	sign := "?"
	if found {
		sign = "&"
	}
	for _, parameter := range urlParameters() {
		if value := p[parameter.key]; value != "" && !own.Has(parameter.name) {
			dsn += sign + url.QueryEscape(parameter.name) + "=" + url.QueryEscape(value)
			sign = "&"
		}
	}
	return dsn
}

func sqliteURL(p map[string]string, query string) string {
	if query != "" {
		query = "?" + query
	}
	if p["path"] == "" {
		return "sqlite:///:memory:" + query
	}
	return "sqlite:///" + p["path"] + query
}

// scheme returns the URL scheme of a Doctrine driver; other drivers are their own, with a dash, as DsnParser wants it.
func scheme(driver string) string {
	switch driver {
	case "", "pdo_mysql", "mysqli":
		return "mysql"
	case "pdo_pgsql", "pgsql":
		return "postgresql"
	case "pdo_sqlite", "sqlite3":
		return "sqlite"
	}
	return strings.ReplaceAll(driver, "_", "-")
}

func or(text, fallback string) string {
	if text == "" {
		return fallback
	}
	return text
}

// withSuffix appends dbname_suffix to the database name; a file of SQLite has none.
func withSuffix(dsn, suffix string) string {
	if suffix == "" || strings.HasPrefix(dsn, "sqlite") || strings.HasPrefix(dsn, "pdo-sqlite") {
		return dsn
	}
	name, query, found := strings.Cut(dsn, "?")
	name += url.PathEscape(suffix)
	if found {
		name += "?" + query
	}
	return name
}
