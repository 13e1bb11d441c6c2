// Package e2e tests the whole chain as compose.yaml describes it: a Symfony application, Redis, envelog, the log files, and
// what reads the files behind them.
//
// Model: the tests drive `docker compose` itself, as an operator does, on a project of their own with ports of its own, so
// that a chain that is up already is left alone. Containers that send load beside the application, and what only Docker
// knows about a container, come from testcontainers-go; docs/decisions/testcontainers.md says why it is divided so.
//
// Tests that need Docker carry the build tag docker: `make compose-test`. The others read deploy/ alone.
package e2e
