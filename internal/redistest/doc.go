// Package redistest starts real redis-server processes for tests.
//
// Each Server lives on a free port of the loopback interface and on a unix socket, in a directory of its own, and is
// killed when its test ends (on Linux also when the test binary dies). A test can stop it, kill it, start it again on
// the same port with the same data, and freeze it. Nothing is skipped: a test that needs redis-server fails where it is
// missing. Such tests carry the build tag integration.
package redistest
