//go:build !integration

package simulation

// defaultSeeds is how many seeds `go test ./...` runs, which is to take less than a minute.
const defaultSeeds = 1_000
