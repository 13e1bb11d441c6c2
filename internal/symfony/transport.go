package symfony

import (
	"fmt"

	"envelog/internal/retry"
	"envelog/internal/secret"
)

// A Setting is a part of a transport that a flag of envelog can answer instead of the configuration.
type Setting string

// The settings, each with the flag that answers it.
const (
	// SettingDSN is the DSN with its options; --dsn NAME=DSN.
	SettingDSN Setting = "dsn"
	// SettingRetry is the retry strategy; --max-retries, --retry-delay and so on.
	SettingRetry Setting = "retry_strategy"
	// SettingFailure is the failure transport; --failure-transport.
	SettingFailure Setting = "failure_transport"
	// SettingSerializer is the serializer, of which envelog tells the two of Symfony apart by itself; --ignore-serializer.
	SettingSerializer Setting = "serializer"
)

// A Transport is one entry of framework.messenger.transports, merged over all files and resolved.
type Transport struct {
	Name string
	// DSN is a secret, as likely as not.
	DSN string
	// Options is the options map as YAML has it: nil, bool, int64, float64, string, []any and map[string]any. A DSN's own
	// parameters win over it.
	Options map[string]any
	// Serializer is the id of a service: the transport's own, or the default serializer.
	Serializer string
	Retry      retry.Strategy
	// FailureTransport is the transport's own, or the global one; "" for none.
	FailureTransport string
	// RateLimiter is the name of a rate limiter, which envelog does not support: it reads as fast as it can.
	RateLimiter string
	// Priority is the transport's among all that are consumed together (--all): a higher one comes first; default 0. Since
	// Symfony 8.2.
	Priority int
	// Sign is whether all messages of the transport are signed (Symfony 8.2).
	Sign bool
	// Notes say what else is configured and is not done here, each a sentence.
	Notes []string
	// Classes are those that the routing sends to this transport: class names, interfaces, App\Message\*, or *.
	Classes []string
	// Origins says where the settings come from that are not defaults. Keys: dsn, options.<name>, serializer,
	// retry_strategy.<name>, failure_transport, rate_limiter, priority.
	Origins map[string]Origin
}

// Transport returns the transport called name. The settings in answered, which flags answer, cannot fail: they are read as
// far as they can be. All other problems come in one error; each has its place and what to do. Class ErrUnknown: there is
// no such transport.
func (a *Application) Transport(name string, answered ...Setting) (Transport, error) {
	r := &reading{app: a, answered: answered, fields: map[string]*value{}, options: map[string]*value{}, retry: map[string]*value{},
		to: Transport{Name: name, Options: map[string]any{}, Origins: map[string]Origin{}}}
	if err := r.read(); err != nil {
		return Transport{}, fmt.Errorf("read transport %s: %w", secret.Text(name), err)
	}
	return r.to, nil
}
