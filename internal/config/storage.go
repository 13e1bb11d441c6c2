package config

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"envelog/internal/secret"
	"envelog/internal/transport/doctrine"
	"envelog/internal/transport/redis"
	"envelog/internal/usage"
	"envelog/transport"
)

// Open opens the transport of that name, to send to it, list it and remove from it, whatever keeps its messages. It
// connects on first use.
func (c *Catalogue) Open(name string) (transport.Storage, error) {
	t, err := c.Transport(name)
	if err != nil {
		return nil, err
	}
	databases, err := c.databases(t.DSN)
	if err != nil {
		return nil, err
	}
	return c.openStorage(t, databases)
}

// Doctrine reads DSN and options of a transport in a database, and the URL of the database.
func (c *Catalogue) Doctrine(t Transport) (doctrine.Config, error) {
	databases, err := c.databases(t.DSN)
	if err != nil {
		return doctrine.Config{}, err
	}
	return c.parseDoctrine(t, databases)
}

func (c *Catalogue) parseDoctrine(t Transport, databases map[string]string) (doctrine.Config, error) {
	config, err := doctrine.ParseDSN(t.DSN, databases, t.Options)
	if err != nil {
		return config, t.blame(err)
	}
	if len(config.Ignored) > 0 {
		c.log.Warn("Parameters of the database's URL are ignored, as Doctrine ignores them",
			"transport", t.Name, "parameters", strings.Join(config.Ignored, ", "), "configured_in", t.Origins["dsn"])
	}
	config.Zone = t.Zone
	return config, nil
}

// databases returns the URL of the Doctrine connection that a DSN names: that of the application, or DATABASE_URL.
func (c *Catalogue) databases(dsn string) (map[string]string, error) {
	connection, err := c.Database(dsn)
	if err != nil {
		return nil, err
	}
	if connection.Name == "" {
		return map[string]string{"default": c.getenv("DATABASE_URL")}, nil
	}
	return map[string]string{connection.Name: connection.URL}, nil
}

// openStorage opens a transport by the scheme of its DSN. Databases has the URLs of Doctrine connections by their names.
func (c *Catalogue) openStorage(t Transport, databases map[string]string) (transport.Storage, error) {
	switch {
	case redis.SupportsDSN(t.DSN):
		config, err := redis.ParseDSN(t.DSN, t.Options)
		if err != nil {
			return nil, t.blame(err)
		}
		return redis.NewStorage(config), nil
	case doctrine.SupportsDSN(t.DSN):
		config, err := c.parseDoctrine(t, databases)
		if err != nil {
			return nil, err
		}
		storage, err := doctrine.Open(config)
		if err != nil {
			return nil, fmt.Errorf("transport %q: %w", t.Name, err)
		}
		return storage, nil
	}
	return nil, t.blame(errors.New("its DSN is neither one of Redis nor one of a database"))
}

// CheckFailureTransport says what is wrong with the name of a transport's failure transport, or with where that keeps its
// messages, before anything is opened; nil for none.
func (c *Catalogue) CheckFailureTransport(t Transport) error {
	name := t.FailureTransport
	if name == "" || name == t.Name {
		return nil
	}
	to, err := c.Transport(name)
	const cure = `--failure-transport=NAME names another one, which --dsn NAME=redis://... may define; with --failure-transport= there is none, and such messages are kept in <log-dir>/.rejected`
	switch {
	case err == nil && to.DSN != "" && !redis.SupportsDSN(to.DSN) && !doctrine.SupportsDSN(to.DSN):
		return usage.Errorf(`Messages of the transport "%s" that fail for good cannot be sent to its failure transport "%s" (%s): envelog sends to Redis and to databases, not to %s. %s.`,
			t.Name, name, t.Origin("failure_transport"), cmp.Or(foreignScheme(to.DSN), "what its DSN names"), cure)
	case !slices.Contains(c.Names(), name) || err == nil && to.DSN == "":
		return usage.Errorf(`The failure transport "%s" is not configured: pass --dsn %s=DSN, or --failure-transport= for none. Valid transports are: %s.`,
			secret.Text(name), secret.Text(name), strings.Join(c.Names(), ", "))
	}
	return err
}

// Redis reads DSN and options.
func (t *Transport) Redis() (redis.Config, error) {
	scheme := foreignScheme(t.DSN)
	if doctrine.SupportsDSN(t.DSN) {
		scheme = "a database"
	}
	if scheme != "" {
		return redis.Config{}, usage.Errorf(`The transport "%s" cannot be consumed: envelog reads from Redis, not from %s.`, t.Name, scheme)
	}
	config, err := redis.ParseDSN(t.DSN, t.Options)
	if err != nil {
		return config, t.blame(err)
	}
	return config, nil
}

// blame says in front of what is wrong with a DSN which transport has it, and who configures it so.
func (t *Transport) blame(err error) error {
	err = fmt.Errorf("transport %q: %w", t.Name, err)
	if from := t.Origins["dsn"]; from != "" && from != FlagOrigin("dsn") {
		err = fmt.Errorf("%s: %w", from, err)
	}
	return err
}
