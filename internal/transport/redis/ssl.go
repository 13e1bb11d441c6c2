package redis

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// SSL is how a TLS connection is verified: the options of PHP's ssl stream context that have a meaning in Go.
type SSL struct {
	VerifyPeer      bool   // verify_peer: the certificate comes from a known authority; default true
	VerifyPeerName  bool   // verify_peer_name: and is made for the host; default true
	PeerName        string // peer_name: the name to look for; "" is the DSN's host
	AllowSelfSigned bool   // allow_self_signed: a server's certificate that signed itself is good enough
	CAFile          string // cafile: PEM file of authorities; "" and no CAPath are the system's
	CAPath          string // capath: directory of such files
	LocalCert       string // local_cert: PEM file of the client's certificate, which may hold its key
	LocalKey        string // local_pk: PEM file of its key
}

// sslOptions reads the option ssl, a map.
func sslOptions(c *Config, name string, value any) error {
	options, ok := value.(map[string]any)
	if !ok {
		if value == nil {
			return nil
		}
		return badValue(name, value, "a map, as in ssl[cafile]=/path")
	}
	var errs []error
	for _, key := range slices.Sorted(maps.Keys(options)) {
		errs = append(errs, c.SSL.set(key, options[key]))
	}
	return errors.Join(errs...)
}

func (s *SSL) set(key string, value any) error {
	flags := map[string]*bool{
		"verify_peer": &s.VerifyPeer, "verify_peer_name": &s.VerifyPeerName, "allow_self_signed": &s.AllowSelfSigned,
	}
	texts := map[string]*string{
		"peer_name": &s.PeerName, "cafile": &s.CAFile, "capath": &s.CAPath,
		"local_cert": &s.LocalCert, "local_pk": &s.LocalKey,
	}
	// They change nothing that is seen here: compression is gone from TLS, the server's name is always sent.
	ignored := []string{"capture_peer_cert", "capture_peer_cert_chain", "disable_compression", "SNI_enabled"}
	unsupported := []string{"ciphers", "crypto_method", "passphrase", "peer_fingerprint", "security_level", "verify_depth"}
	name := "ssl[" + key + "]"
	switch {
	case flags[key] != nil:
		b, ok := parseBool(value)
		if !ok {
			return badValue(name, value, "true or false")
		}
		*flags[key] = b
	case texts[key] != nil:
		v, ok := scalar(value)
		if !ok {
			return badValue(name, value, "a string")
		}
		*texts[key] = v
	case slices.Contains(ignored, key):
	case slices.Contains(unsupported, key):
		return &OptionError{Name: name, Reason: "is not supported"}
	default:
		known := slices.Concat(slices.Collect(maps.Keys(flags)), slices.Collect(maps.Keys(texts)), ignored, unsupported)
		slices.Sort(known)
		return unknownOption(name, known)
	}
	return nil
}

// tlsConfig reads the certificates anew, so that renewed ones are used from the next connection on.
func (c Config) tlsConfig() (*tls.Config, error) {
	t := &tls.Config{ServerName: c.host(), MinVersion: tls.VersionTLS12}
	if c.SSL.PeerName != "" {
		t.ServerName = c.SSL.PeerName
	}
	roots, err := c.SSL.authorities()
	if err != nil {
		return nil, err
	}
	if c.SSL.LocalCert != "" {
		key := c.SSL.LocalKey
		if key == "" {
			key = c.SSL.LocalCert
		}
		pair, err := tls.LoadX509KeyPair(c.SSL.LocalCert, key)
		if err != nil {
			return nil, fmt.Errorf("read ssl[local_cert]: %w", err)
		}
		t.Certificates = []tls.Certificate{pair}
	}
	// PHP's checks are told apart in ways that crypto/tls does not know; verify makes them.
	verifier := verifier{ssl: c.SSL, name: t.ServerName, roots: roots}
	t.InsecureSkipVerify = true
	t.VerifyConnection = verifier.verify
	return t, nil
}

// authorities returns nil for those of the system.
func (s SSL) authorities() (*x509.CertPool, error) {
	var files []string
	if s.CAFile != "" {
		files = append(files, s.CAFile)
	}
	if s.CAPath != "" {
		found, err := filepath.Glob(filepath.Join(s.CAPath, "*"))
		if err != nil || len(found) == 0 {
			return nil, fmt.Errorf("read ssl[capath] %s: no certificates there", s.CAPath)
		}
		files = append(files, found...)
	}
	if len(files) == 0 {
		return nil, nil
	}
	pool, added := x509.NewCertPool(), false
	for _, file := range files {
		pem, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("read ssl[cafile]: %w", err)
		}
		added = pool.AppendCertsFromPEM(pem) || added
	}
	if !added {
		return nil, fmt.Errorf("read ssl[cafile] %s: no certificate in it", strings.Join(files, ", "))
	}
	return pool, nil
}

// verifier checks a server's certificate as PHP's ssl context does.
type verifier struct {
	ssl   SSL
	name  string
	roots *x509.CertPool
}

func (v verifier) verify(state tls.ConnectionState) error {
	if len(state.PeerCertificates) == 0 {
		return errors.New("verify certificate: the server sent none")
	}
	leaf := state.PeerCertificates[0]
	if v.ssl.VerifyPeer && !(v.ssl.AllowSelfSigned && selfSigned(leaf)) {
		intermediates := x509.NewCertPool()
		for _, cert := range state.PeerCertificates[1:] {
			intermediates.AddCert(cert)
		}
		if _, err := leaf.Verify(x509.VerifyOptions{Roots: v.roots, Intermediates: intermediates}); err != nil {
			return fmt.Errorf("verify certificate: %w", err)
		}
	}
	if v.ssl.VerifyPeerName && !namedOnlyInSubject(leaf, v.name) {
		if err := leaf.VerifyHostname(v.name); err != nil {
			return fmt.Errorf("verify certificate: %w", err)
		}
	}
	return nil
}

// selfSigned says whether a certificate in its time of validity is its own issuer.
func selfSigned(cert *x509.Certificate) bool {
	now := time.Now()
	return !now.Before(cert.NotBefore) && !now.After(cert.NotAfter) &&
		cert.CheckSignature(cert.SignatureAlgorithm, cert.RawTBSCertificate, cert.Signature) == nil
}

// namedOnlyInSubject accepts what Redis' own script for test certificates makes, and PHP accepts: no alternative names,
// and the host as the common name.
func namedOnlyInSubject(cert *x509.Certificate, host string) bool {
	named := len(cert.DNSNames)+len(cert.IPAddresses)+len(cert.URIs)+len(cert.EmailAddresses) > 0
	return !named && net.ParseIP(host) == nil && strings.EqualFold(cert.Subject.CommonName, host)
}
