//go:build integration

package doctrine_test

import (
	"testing"

	"envelog/internal/dbtest"
	"envelog/transport"
	"envelog/transport/transporttest"
)

func TestPostgreSQL(t *testing.T) {
	server := dbtest.StartPostgreSQL(t)
	transporttest.Run(t, func(t *testing.T) transport.Storage { return open(t, server.URL(server.NewDatabase())+"?queue_name=failed") })
}

func TestMariaDB(t *testing.T) {
	server := dbtest.StartMariaDB(t)
	transporttest.Run(t, func(t *testing.T) transport.Storage { return open(t, server.URL(server.NewDatabase())+"?queue_name=failed") })
}
