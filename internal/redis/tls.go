package redis

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
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

// tlsConfig reads the certificates again, so that renewed ones are used from the next connection on.
func (s Server) tlsConfig() (*tls.Config, error) {
	t := &tls.Config{ServerName: s.host(), MinVersion: tls.VersionTLS12}
	if s.SSL.PeerName != "" {
		t.ServerName = s.SSL.PeerName
	}
	roots, err := s.SSL.authorities()
	if err != nil {
		return nil, err
	}
	if s.SSL.LocalCert != "" {
		key := s.SSL.LocalKey
		if key == "" {
			key = s.SSL.LocalCert
		}
		pair, err := tls.LoadX509KeyPair(s.SSL.LocalCert, key)
		if err != nil {
			return nil, fmt.Errorf("read ssl[local_cert]: %w", err)
		}
		t.Certificates = []tls.Certificate{pair}
	}
	// PHP's checks are told apart in ways that crypto/tls does not know; verify makes them.
	verifier := verifier{ssl: s.SSL, name: t.ServerName, roots: roots}
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
