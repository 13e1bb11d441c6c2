package redis

import (
	"errors"
	"maps"
	"slices"

	"envelog/internal/suggest"
	"envelog/internal/transport/option"
)

// sslOptions reads the option ssl, a map.
func sslOptions(c *Config, name string, value any) error {
	options, ok := value.(map[string]any)
	if !ok {
		if value == nil {
			return nil
		}
		return option.Bad(name, value, "a map, as in ssl[cafile]=/path")
	}
	var errs []error
	for _, key := range slices.Sorted(maps.Keys(options)) {
		errs = append(errs, setSSL(c, key, options[key]))
	}
	return errors.Join(errs...)
}

func setSSL(c *Config, key string, value any) error {
	s := &c.SSL
	flags := map[string]*bool{
		"verify_peer": &s.VerifyPeer, "verify_peer_name": &s.VerifyPeerName, "allow_self_signed": &s.AllowSelfSigned,
	}
	texts := map[string]*string{
		"peer_name": &s.PeerName, "cafile": &s.CAFile, "capath": &s.CAPath,
		"local_cert": &s.LocalCert, "local_pk": &s.LocalKey,
	}
	// They change nothing that is seen here: compression is gone from TLS, the server's name is always sent.
	ignored := []string{"capture_peer_cert", "capture_peer_cert_chain", "disable_compression", "SNI_enabled"}
	// Go chooses among safe ciphers and versions by itself, and bounds chains.
	chosen := []string{"ciphers", "crypto_method", "security_level", "verify_depth"}
	unsupported := []string{"passphrase", "peer_fingerprint"}
	name := "ssl[" + key + "]"
	switch {
	case flags[key] != nil:
		return option.Bool(func(_ *Config, b bool) { *flags[key] = b })(c, name, value)
	case texts[key] != nil:
		return option.Text(func(_ *Config, s string) { *texts[key] = s })(c, name, value)
	case slices.Contains(ignored, key):
	case slices.Contains(chosen, key):
		c.Ignored = append(c.Ignored, name)
	case slices.Contains(unsupported, key):
		return &option.Error{Name: name, Reason: "is not supported"}
	default:
		known := slices.Concat(slices.Collect(maps.Keys(flags)), slices.Collect(maps.Keys(texts)), ignored, chosen, unsupported)
		slices.Sort(known)
		return option.Unknown(name, suggest.Nearest(key, known))
	}
	return nil
}
