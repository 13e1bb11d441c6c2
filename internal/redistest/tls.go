//go:build unix

package redistest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Certificates are PEM files: an authority, and what it signed.
type Certificates struct {
	CA                    string
	Cert, Key             string // the server's, for localhost and 127.0.0.1
	NamedCert, NamedKey   string // a server's with a common name, "localhost", and no alternative names
	ClientCert, ClientKey string
}

// NewCertificates makes certificates in a directory of the test.
func NewCertificates(t testing.TB) Certificates {
	t.Helper()
	dir := t.TempDir()
	ca := newAuthority(t, dir)
	var c Certificates
	c.CA = filepath.Join(dir, "ca.crt")
	c.Cert, c.Key = ca.sign(t, "server", &x509.Certificate{
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	})
	c.NamedCert, c.NamedKey = ca.sign(t, "localhost", &x509.Certificate{})
	c.ClientCert, c.ClientKey = ca.sign(t, "client", &x509.Certificate{})
	return c
}

// StartTLS is Start with TLS instead of plain TCP. Clients are asked for a certificate when the arguments say so
// ("--tls-auth-clients", "yes"; here the default is no).
func StartTLS(t testing.TB, c Certificates, args ...string) *Server {
	t.Helper()
	s := newServer(t)
	s.args = append([]string{"--port", "0", "--tls-port", s.Port(), "--tls-cert-file", c.Cert, "--tls-key-file", c.Key,
		"--tls-ca-cert-file", c.CA, "--tls-auth-clients", "no"}, args...)
	s.Restart()
	return s
}

type authority struct {
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t testing.TB, dir string) *authority {
	t.Helper()
	a := &authority{dir: dir}
	template := &x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	a.sign(t, "ca", template)
	return a
}

// sign writes name.crt and name.key. The first certificate is the authority's own.
func (a *authority) sign(t testing.TB, name string, template *x509.Certificate) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template.Subject = pkix.Name{CommonName: name}
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(24*time.Hour)
	if a.cert == nil {
		a.cert, a.key = template, private
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &private.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return a.write(t, name+".crt", "CERTIFICATE", der), a.write(t, name+".key", "PRIVATE KEY", keyDER)
}

func (a *authority) write(t testing.TB, name, kind string, der []byte) string {
	t.Helper()
	path := filepath.Join(a.dir, name)
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
