package doctrine_test

import (
	"fmt"

	"envelog/internal/transport/doctrine"
)

// The DSN of Symfony's recipe names a connection; its URL comes from DATABASE_URL, or from the application's doctrine.yaml
// (symfony.Application.Connection).
func ExampleParseDSN() {
	dsn := "doctrine://default?queue_name=failed"
	urls := map[string]string{"default": "postgresql://app:secret@127.0.0.1:5432/app?serverVersion=16&charset=utf8"}
	config, err := doctrine.ParseDSN(dsn, urls, map[string]any{"redeliver_timeout": int64(600)})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(doctrine.ConnectionName(dsn), config.Queue, config.RedeliverTimeout)
	fmt.Println(config)
	// Output:
	// default failed 10m0s
	// postgresql://127.0.0.1:5432/app?queue_name=failed&table_name=messenger_messages
}
