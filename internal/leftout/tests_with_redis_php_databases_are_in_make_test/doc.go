//go:build !integration

// Package leftout has no code. `go test ./...` prints nothing but the names of packages when all is well, so that this
// name is where it can say what it left out: the tests with the build tag integration, which need real servers and PHP,
// and are run by `make test`.
package leftout
