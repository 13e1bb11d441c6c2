// Package config turns settings into the options of the other packages.
//
// Model: [Load] asks the command line, the environment, envelog.yaml and the Symfony application for each setting of a
// command, and returns a [Config]: the values with their origins. A [Reader] turns values into options, and collects all
// errors. A [Catalogue] has the configured transports, by name.
//
//	table.go --> Load --> Config --> Reader --> WorkerOptions, LineOptions, FileOptions, Transport
//
// Rule: the name, default and description of each setting are in the table (table.go) and nowhere else.
package config
