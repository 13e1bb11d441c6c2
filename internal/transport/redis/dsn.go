package redis

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"envelog/internal/phpfilter"
	"envelog/internal/redis"
	"envelog/internal/secret"
	"envelog/internal/suggest"
)

// Error texts of Connection::fromDsn in symfony/redis-messenger.
var (
	errScheme  = errors.New(`invalid redis DSN: it does not start with "redis[s]:" nor "valkey[s]:"`)
	errInvalid = errors.New("the given redis DSN is invalid")
)

// SupportsDSN says whether dsn is one of this transport, as RedisTransportFactory::supports does.
func SupportsDSN(dsn string) bool {
	_, _, ok := cutScheme(dsn)
	return ok
}

// ParseDSN reads a DSN of Symfony's Redis transport and the options of messenger.yaml beside it (strings, numbers,
// booleans, lists and maps; a later map wins). The precedence is Symfony's: segment of the path, parameter of the
// query, option, default. Where versions differ, what any of 5.4 to 8.1 accepts is accepted, with the newest meaning:
//
//   - "redis:" without slashes, and a password before a socket's path, since 6.4; "valkey[s]:" since 7.3
//   - "sentinel", "redis_sentinel" and "sentinel_master" are one option
//   - "tls" as an option is known to 5.4 alone
//   - delete_after_ack defaults to true; 5.4 leaves the entries on the stream unless it is set
//   - an empty password is none, as in 5.4
//
// What PHP takes for 0 or ignores in silence is an [*option.Error] here: an unknown option, and a value that does not parse.
// Sentinel and Cluster DSNs give a Config with their Hosts. A cluster has one database: dbindex is ignored, as in PHP. No
// error holds a password.
func ParseDSN(dsn string, options ...map[string]any) (Config, error) {
	c := defaultConfig()
	all := map[string]any{}
	for _, o := range options {
		maps.Copy(all, o)
	}
	var hosts []dsnHost
	for part := range strings.SplitSeq(dsn, ",") {
		p, err := parsePart(part)
		if err != nil {
			if strings.Contains(dsn, ",") && errors.Is(err, errScheme) {
				err = fmt.Errorf("%w (every node of a cluster has its own scheme; a comma in a value is written %%2C)", err)
			}
			return Config{}, err
		}
		maps.Copy(all, p.options)
		hosts = append(hosts, p.hosts...)
		c.TLS = p.tls
		if p.password != "" || p.user != "" {
			c.User, c.Password = p.user, p.password
		}
	}
	user, password := c.User, c.Password
	if err := c.apply(all); err != nil {
		return Config{}, err
	}
	if _, ok := all["auth"]; ok && c.Sentinel != "" {
		// The option is the sentinels' password since 7.4, and Redis' own only when the DSN has none.
		c.SentinelUser, c.SentinelPassword = c.User, c.Password
		if password != "" || user != "" {
			c.User, c.Password = user, password
		}
	}
	return c.finish(hosts, all)
}

// finish settles the address, and checks what only the whole can tell.
func (c Config) finish(hosts []dsnHost, options map[string]any) (Config, error) {
	if err := c.checkNames(options); err != nil {
		return Config{}, err
	}
	port := "6379"
	if p, ok := parseInt(options["port"]); ok {
		port = strconv.FormatInt(p, 10)
	}
	if len(hosts) == 0 {
		host, _ := phpfilter.Text(options["host"])
		if host == "" {
			return Config{}, fmt.Errorf("%w: it names no host", errInvalid)
		}
		hosts = []dsnHost{{name: host}}
	}
	for _, h := range hosts {
		c.Hosts = append(c.Hosts, h.addr(port))
	}
	if c.Sentinel != "" || c.Cluster || len(hosts) > 1 || hosts[0].listed {
		return c.ofSeveral(hosts)
	}
	c.Addr, c.Hosts = c.Hosts[0], nil
	if hosts[0].socket {
		c.Network = "unix"
		if c.TLS {
			return Config{}, fmt.Errorf("%w: TLS on a unix socket", errInvalid)
		}
	}
	return c, nil
}

// ofSeveral settles what is special to sentinels, or to the nodes of a cluster.
func (c Config) ofSeveral(named []dsnHost) (Config, error) {
	c.Addr = strings.Join(c.Hosts, ",")
	if c.Sentinel != "" && c.Cluster {
		return Config{}, fmt.Errorf("%w: sentinels watch a master, not a cluster", errInvalid)
	}
	for _, h := range named {
		if h.socket && (c.Sentinel == "" || !strings.HasPrefix(h.name, "/")) {
			return Config{}, fmt.Errorf("%w: one of its hosts is a path, and no address of a sentinel, or of a node of a cluster", errInvalid)
		}
	}
	if c.Sentinel == "" {
		c.Cluster, c.DB = true, 0
	}
	c.Nodes = &redis.Nodes{}
	return c, nil
}

// checkNames refuses empty names, with PHP's words.
func (c Config) checkNames(options map[string]any) error {
	_, named := options["consumer"]
	for _, n := range []struct {
		name, value string
		required    bool
	}{{"stream", c.Stream, true}, {"group", c.Group, true}, {"consumer", c.Consumer, named}} {
		if n.required && n.value == "" {
			return fmt.Errorf("%q should be configured, got an empty string", n.name)
		}
	}
	return nil
}

// dsnHost is where one part of a DSN points to.
type dsnHost struct {
	name   string // host name, address, or path of a socket
	port   string // "" when the DSN has none
	socket bool
	listed bool // from "host[...]", which is for sentinels
}

func (h dsnHost) addr(port string) string {
	if h.socket {
		return h.name
	}
	if h.port != "" {
		port = h.port
	}
	return net.JoinHostPort(h.name, port)
}

// dsnPart is one DSN, of which a cluster has several.
type dsnPart struct {
	tls      bool
	user     string
	password secret.Secret
	hosts    []dsnHost
	options  map[string]any // those of the query, and the names that the path has
}

// cutScheme splits "rediss://h" into "//h" and whether it is TLS.
func cutScheme(dsn string) (rest string, tls, ok bool) {
	scheme, rest, found := strings.Cut(dsn, ":")
	switch {
	case !found:
	case scheme == "redis" || scheme == "valkey":
		return rest, false, true
	case scheme == "rediss" || scheme == "valkeys":
		return rest, true, true
	}
	return "", false, false
}

// parsePart reads one DSN in the steps of Connection::parseDsn: user and password up to the first @, wherever that is,
// then what PHP's parse_url makes of the rest.
func parsePart(dsn string) (dsnPart, error) {
	rest, tls, ok := cutScheme(dsn)
	if !ok {
		return dsnPart{}, errScheme
	}
	p := dsnPart{tls: tls}
	rest, slashes := strings.CutPrefix(rest, "//")
	if before, after, found := strings.Cut(rest, "@"); found {
		switch {
		case oneMoreAt(after):
			return dsnPart{}, errTwoAts
		case authInQuery.MatchString(before):
			return dsnPart{}, errAuthAt
		}
		p.setAuth(before)
		rest = after
	}
	rest, _, _ = strings.Cut(rest, "#")
	target, query, _ := strings.Cut(rest, "?")
	p.options = parseQuery(query)
	if err := p.checkQuery(); err != nil {
		return dsnPart{}, err
	}
	if err := p.setTarget(target, slashes); err != nil {
		return dsnPart{}, err
	}
	return p, p.setListedHosts()
}

var (
	errTwoAts    = fmt.Errorf("%w: it has more than one @ (in a password, @ is written %%40, and so are / ? # and %% by their numbers)", errInvalid)
	errAmpersand = fmt.Errorf("%w: beside auth, it has an option that is unknown (in a password, & is written %%26)", errInvalid)
	errAuthAt    = fmt.Errorf("%w: an @ stands behind its option auth (in a password, @ is written %%40)", errInvalid)
	errPort      = fmt.Errorf("%w: the port of its host is not a number from 1 to 65535 (in front of the host, a password ends in @)", errInvalid)
	errColon     = fmt.Errorf("%w: its host has a colon (in front of the host, a password ends in @; an IPv6 address stands in brackets)", errInvalid)
)

// authInQuery is a login, as PHP takes it, that is rather a host with the option auth, whose password has an @.
var authInQuery = regexp.MustCompile(`[?&]auth(?:\[\w*\])?=`)

// oneMoreAt reports whether what looks like host and path is the rest of a password with an @, as PHP takes it: what is
// shown of such a DSN would be a piece of the password.
func oneMoreAt(rest string) bool {
	before, _, found := strings.Cut(rest, "@")
	return found && !strings.Contains(before, "=")
}

// checkQuery refuses what looks like options and is rather the rest of a password.
func (p *dsnPart) checkQuery() error {
	known := setters()
	names := slices.Sorted(maps.Keys(known))
	for name, value := range p.options {
		text, _ := value.(string)
		switch {
		case known[name] != nil:
		case p.password != "" && (strings.Contains(text, "@") || strings.Contains(name, "@")):
			return errTwoAts
		case p.options["auth"] != nil && suggest.Nearest(name, names) == "":
			return errAmpersand
		}
	}
	return nil
}

// setAuth reads "user:password", ":password", or "password". The user "default" is Redis' own default.
func (p *dsnPart) setAuth(userinfo string) {
	user, password, found := strings.Cut(userinfo, ":")
	if !found {
		user, password = "", userinfo
	}
	if user != "default" {
		p.user = unescapePercent(user)
	}
	p.password = secret.Secret(unescapePercent(password))
}

// setTarget reads "host:port/stream/group/consumer", or the path of a socket. Segments are not decoded.
func (p *dsnPart) setTarget(target string, slashes bool) error {
	if !slashes || strings.HasPrefix(target, "/") {
		if target != "" {
			p.hosts = []dsnHost{{name: target, socket: true}}
		}
		return nil
	}
	if target == "" {
		return nil
	}
	authority, path, _ := strings.Cut(target, "/")
	host, err := parseHost(authority)
	if err != nil {
		return err
	}
	p.hosts = []dsnHost{host}
	path = strings.TrimRight(path, "/")
	if path == "" {
		return nil
	}
	names := []string{"stream", "group", "consumer"}
	for i, segment := range strings.Split(path, "/") {
		if i < len(names) {
			p.options[names[i]] = segment
		}
	}
	return nil
}

// parseHost reads "host", "host:port", "[::1]" or "[::1]:port".
func parseHost(s string) (dsnHost, error) {
	name, port := s, ""
	if i := strings.LastIndexByte(s, ':'); i >= 0 && !strings.HasSuffix(s, "]") {
		name, port = s[:i], s[i+1:]
	}
	if len(name) > 2 && name[0] == '[' && name[len(name)-1] == ']' {
		name = name[1 : len(name)-1]
	}
	if name == "" {
		return dsnHost{}, fmt.Errorf("%w: it names no host", errInvalid)
	}
	if n, err := strconv.ParseUint(port, 10, 16); port != "" && (err != nil || n == 0) {
		return dsnHost{}, errPort
	}
	if strings.Contains(name, ":") && net.ParseIP(name) == nil {
		return dsnHost{}, errColon
	}
	return dsnHost{name: name, port: port}, nil
}

// setListedHosts reads "?host[h1:port]&host[/path:]", the form of several sentinels; a colon at the end marks a socket.
func (p *dsnPart) setListedHosts() error {
	value, ok := p.options["host"]
	if !ok {
		return nil
	}
	listed, ok := value.(map[string]any)
	if !ok {
		return fmt.Errorf("%w: the option host is a list, as in host[h1:26379]&host[h2:26379]", errInvalid)
	}
	delete(p.options, "host")
	for _, name := range slices.Sorted(maps.Keys(listed)) {
		if path, isSocket := strings.CutSuffix(name, ":"); isSocket {
			p.hosts = append(p.hosts, dsnHost{name: path, socket: true, listed: true})
			continue
		}
		host, err := parseHost(name)
		if err != nil {
			return err
		}
		host.listed = true
		p.hosts = append(p.hosts, host)
	}
	return nil
}
