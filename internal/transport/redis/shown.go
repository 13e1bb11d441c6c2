package redis

import (
	"strings"

	"envelog/internal/secret"
)

// shown has the options that hold no secret, with what their values look like.
func shown() secret.Options {
	return secret.Options{
		"stream": secret.Name, "group": secret.Name, "consumer": secret.Name, "transport_name": secret.Name, "persistent_id": secret.Name,
		"sentinel": secret.Name, "redis_sentinel": secret.Name, "sentinel_master": secret.Name,
		"host": secret.Address, "host[]": secret.Address, "port": secret.Number,

		"auto_setup": secret.Switch, "delete_after_ack": secret.Switch, "delete_after_reject": secret.Switch,
		"cluster": secret.Switch, "tls": secret.Switch, "lazy": secret.Switch,

		"stream_max_entries": secret.Number, "dbindex": secret.Number, "redeliver_timeout": secret.Number, "claim_interval": secret.Number,
		"serializer": secret.Number, "timeout": secret.Number, "read_timeout": secret.Number, "retry_interval": secret.Number,

		"ssl[verify_peer]": secret.Switch, "ssl[verify_peer_name]": secret.Switch, "ssl[allow_self_signed]": secret.Switch,
		"ssl[peer_name]": secret.Name, "ssl[cafile]": secret.Path, "ssl[capath]": secret.Path,
		"ssl[local_cert]": secret.Path, "ssl[local_pk]": secret.Path,
	}
}

// Shown returns a DSN that SupportsDSN takes as it may be shown, whatever is wrong with it: what is known to hold no secret,
// and secret.Stars for the rest.
func Shown(dsn string) string {
	var parts []string
	for part := range strings.SplitSeq(dsn, ",") {
		if !SupportsDSN(part) { // the comma may be one of a password
			scheme, _, _ := strings.Cut(dsn, ":")
			return scheme + "://" + secret.Stars
		}
		parts = append(parts, shown().DSN(part))
	}
	return strings.Join(parts, ",")
}

// ShownOption returns the value of an option of messenger.yaml as it may be shown. A nested one has a name as
// "ssl[cafile]".
func ShownOption(name, value string) string { return shown().Value(name, value) }
