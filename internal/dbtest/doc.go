// Package dbtest starts real PostgreSQL and MariaDB servers for tests, from Debian's packages.
//
// Each Server is a private instance in a directory of its own, on a free port of the loopback interface and on a unix
// socket, and ends with its test (on Linux also when the test binary dies). Both refuse to run as root: started by
// root they run as the user of their package. Databases come one by one from NewDatabase, owned by a user who has a
// password. Nothing is skipped: a test that needs a server fails where it is missing. Such tests carry the build tag
// integration.
package dbtest
