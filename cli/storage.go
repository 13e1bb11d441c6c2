package cli

import (
	"errors"
	"fmt"
	"io"

	"envelog/internal/transport"
	"envelog/internal/transport/doctrine"
	"envelog/internal/transport/redis"
)

// storage opens the transport of that name, to send to it, list it and remove from it, whatever keeps its messages. It
// connects on first use.
func (s *session) storage(c *catalogue, name string) (transport.Storage, error) {
	t, err := c.settings(name)
	if err != nil {
		return nil, err
	}
	databases, err := s.databases(c, t.dsn)
	if err != nil {
		return nil, err
	}
	return openStorage(t, databases)
}

// databases returns the URL of the Doctrine connection that a DSN names: that of the application, or DATABASE_URL.
func (s *session) databases(c *catalogue, dsn string) (map[string]string, error) {
	connection, err := c.database(dsn)
	if err != nil {
		return nil, err
	}
	if connection.Name == "" {
		return map[string]string{"default": s.Getenv("DATABASE_URL")}, nil
	}
	return map[string]string{connection.Name: connection.URL}, nil
}

// openStorage opens a transport by the scheme of its DSN. Databases has the URLs of Doctrine connections by their names.
func openStorage(t transportSettings, databases map[string]string) (transport.Storage, error) {
	switch {
	case redis.SupportsDSN(t.dsn):
		config, err := redis.ParseDSN(t.dsn, t.options)
		if err != nil {
			return nil, t.blame(err)
		}
		return redis.NewStorage(config), nil
	case doctrine.SupportsDSN(t.dsn):
		config, err := doctrine.ParseDSN(t.dsn, databases, t.options)
		if err != nil {
			return nil, t.blame(err)
		}
		config.Zone = t.zone
		storage, err := doctrine.Open(config)
		if err != nil {
			return nil, fmt.Errorf("transport %q: %w", t.name, err)
		}
		return storage, nil
	}
	return nil, t.blame(errors.New("its DSN is neither one of Redis nor one of a database"))
}

// blame says in front of what is wrong with a DSN which transport has it, and who configures it so.
func (t *transportSettings) blame(err error) error {
	err = fmt.Errorf("transport %q: %w", t.name, err)
	if from := t.origins["dsn"]; from != "" && from != flagOrigin("dsn") {
		err = fmt.Errorf("%s: %w", from, err)
	}
	return err
}

// closeAfter closes what a command had open, and adds to its error what goes wrong.
func closeAfter(c io.Closer, err *error) {
	if closeErr := c.Close(); closeErr != nil {
		*err = errors.Join(*err, closeErr)
	}
}
