//go:build integration

package simulation

// defaultSeeds is how many seeds `make test` runs.
const defaultSeeds = 10_000
