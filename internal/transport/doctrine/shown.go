package doctrine

import "envelog/internal/secret"

// shown has the options and parameters that hold no secret, with what their values look like.
func shown() secret.Options {
	options := secret.Options{
		"table_name": secret.Name, "queue_name": secret.Name, "transport_name": secret.Name, "connection": secret.Name,
		"auto_setup": secret.Switch, "use_notify": secret.Switch,
		"redeliver_timeout": secret.Number, "check_delayed_interval": secret.Number, "get_notify_timeout": secret.Number,

		"serverVersion": secret.Name, "driver": secret.Name, "persistent": secret.Switch, "path": secret.Path, "charset": secret.Name,
		"host": secret.Address, "port": secret.Number, "user": secret.Name, "dbname": secret.Name, "default_dbname": secret.Name,
		"application_name": secret.Name, "gssencmode": secret.OneOf("disable", "prefer", "require"), "sslmode": secret.OneOf(sslModes()...),
		"sslrootcert": secret.Path, "sslcert": secret.Path, "sslkey": secret.Path, "sslcrl": secret.Path,
		"unix_socket": secret.Path, "ssl_ca": secret.Path, "ssl_capath": secret.Path, "ssl_cert": secret.Path, "ssl_key": secret.Path,
		"ssl_verify_server_cert": secret.Switch,
	}
	for number, name := range mysqlAttributes() {
		options["driverOptions["+number+"]"] = options[name]
	}
	return options
}

// Shown returns a DSN that SupportsDSN takes, or the URL of a database, as it may be shown, whatever is wrong with it: what
// is known to hold no secret, and secret.Stars for the rest.
func Shown(dsn string) string { return shown().DSN(dsn) }

// ShownOption returns the value of an option of messenger.yaml as it may be shown.
func ShownOption(name, value string) string { return shown().Value(name, value) }
