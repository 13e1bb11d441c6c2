package doctrine

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"hash/crc32"
	"strings"
)

// dialect is what differs from platform to platform.
type dialect interface {
	// connector opens connections as the Config says. It reads certificates, and dials nothing.
	connector(c Config) (driver.Connector, error)
	// provide makes what a connection needs: the file of SQLite.
	provide() error
	// bind turns the placeholders ? of a query into the platform's.
	bind(query string) string
	// datetime is a column of dates as text, in the layout of datetime.
	datetime(column string) string
	// size is about how many bytes a text column has: some platforms count characters.
	size(column string) string
	// digest is the SHA-256 of a text column in hexadecimal digits, which the server computes; "" where it cannot.
	digest(column string) string
	// lock is what a SELECT ends with that other readers of this kind pass by.
	lock() string
	// insert adds a row and returns its id. The arguments are those of insertColumns.
	insert(ctx context.Context, db *sql.DB, table string, args []any) (int64, error)
	// exists is a query for one number, 1 when the table is there, and its arguments.
	exists(table string) (query string, args []any)
	// create has the statements that make the table.
	create(table string) []string
	// room says what would let the database hold a message that it refuses; "" for nothing.
	room() string
	// classify knows the platform's own errors; "" for others.
	classify(err error) Class
}

func dialectOf(c Config) (dialect, error) {
	switch c.Platform {
	case PostgreSQL:
		return postgresql{}, nil
	case MySQL:
		return mysql{}, nil
	case SQLite:
		return sqlite{path: c.Path}, nil
	}
	return nil, fmt.Errorf("open doctrine transport: unknown platform %v", c.Platform)
}

// insertColumns are written by Send, in this order.
const insertColumns = "(body, headers, queue_name, created_at, available_at) VALUES (?, ?, ?, ?, ?)"

// indexColumns are those of the one index of doctrine-messenger since 6.4.
var indexColumns = [...]string{"queue_name", "available_at", "delivered_at", "id"}

// createIndex is the index's own statement; MySQL has it inside of CREATE TABLE.
func createIndex(table string) string {
	return fmt.Sprintf("CREATE INDEX %s ON %s (%s)", indexName(table), table, strings.Join(indexColumns[:], ", "))
}

// indexName is the name that Doctrine DBAL gives to it (AbstractAsset::_generateIdentifierName): the checksums of the
// names of table and columns. PHP's migrations look for that name.
func indexName(table string) string {
	name := fmt.Sprintf("IDX_%X", crc32.ChecksumIEEE([]byte(table)))
	for _, column := range indexColumns {
		name += fmt.Sprintf("%X", crc32.ChecksumIEEE([]byte(column)))
	}
	return name[:min(len(name), maxTable)]
}
