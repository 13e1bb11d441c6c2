// Package config makes of settings what the rooms of envelog are configured with.
//
// Model: [Load] asks the command line, the environment, envelog.yaml and the Symfony application for each setting of a
// command, and returns a [Config] of values with their origins. A [Reader] turns values into options, and collects all
// that is wrong with them. A [Catalogue] has the transports that are configured, by name.
//
//	table.go --> Load --> Config --> Reader --> WorkerOptions, LineOptions, FileOptions, Transport
//
// Rule: the table (table.go) has all settings; each has its name, default and description there and nowhere else.
package config
