package messenger

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"slices"
	"strconv"
	"strings"

	"envelog/transport"
)

// ErrSignature says that a message has a signature that is not one of the application's secret, or that it has none where
// one is wanted. Such a message may be forged.
var ErrSignature = errors.New("invalid signature")

// Signer signs messages and verifies their signatures as the SigningSerializer does that Symfony's FrameworkBundle puts
// around the serializer of each transport (symfony/messenger 7.4.21 and 8.1.10, Transport/Serialization/SigningSerializer.php).
// Its key is the parameter kernel.secret, which is APP_SECRET in most applications. A Signer may be used concurrently.
//
//	Body-Sign  v2:<hex of HMAC-SHA256>   over serialize([body, headers]) with the key hex of HMAC-SHA256("v2:") with the secret;
//	                                     headers are type and those of stamps, sorted: the ones that say how the body is read
//	           <hex of HMAC-SHA256>      over the body alone with the secret, as before the patch releases that brought "v2:"
//	Sign-Algo  sha256
type Signer struct {
	secret  []byte
	derived []byte // key of the signatures that begin with the marker
}

// The marker tells the two kinds of signatures apart: hex digits never begin with it.
const (
	signatureMarker    = "v2:"
	signatureAlgorithm = "sha256"
)

// NewSigner returns a Signer with the application's secret, which must not be empty.
func NewSigner(secret string) (*Signer, error) {
	if secret == "" {
		return nil, errors.New("the secret that messages are signed with is empty")
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(signatureMarker))
	return &Signer{secret: []byte(secret), derived: hex.AppendEncode(nil, mac.Sum(nil))}, nil
}

// IsSigned reports whether m has a signature, whatever it is worth.
func IsSigned(m transport.Message) bool {
	_, ok := header(m.Headers, HeaderSignature)
	return ok
}

// Verify returns nil when m has a signature of the secret, and otherwise an [ErrSignature].
func (s *Signer) Verify(m transport.Message) error {
	signature, ok := header(m.Headers, HeaderSignature)
	if !ok {
		return fmt.Errorf("%w: the message has none", ErrSignature)
	}
	expected := s.overBody(m.Body)
	if strings.HasPrefix(signature, signatureMarker) {
		expected = s.overMessage(m)
	}
	if !hmac.Equal([]byte(expected), []byte(signature)) {
		return fmt.Errorf("%w: signed with another secret, or changed since", ErrSignature)
	}
	return nil
}

// Sign returns m with a new signature instead of the one that it has, or after its headers.
func (s *Signer) Sign(m transport.Message) transport.Message {
	m.Headers = setHeader(slices.Clone(m.Headers), HeaderSignature, s.overMessage(m))
	m.Headers = setHeader(m.Headers, HeaderAlgorithm, signatureAlgorithm)
	return m
}

func setHeader(headers []transport.Header, name, value string) []transport.Header {
	i := slices.IndexFunc(headers, func(h transport.Header) bool { return h.Name == name })
	if i < 0 {
		return append(headers, transport.Header{Name: name, Value: value})
	}
	headers[i].Value = value
	return headers
}

func (s *Signer) overBody(body []byte) string {
	mac := hmac.New(sha256.New, s.secret)
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

func (s *Signer) overMessage(m transport.Message) string {
	mac := hmac.New(sha256.New, s.derived)
	writeSigned(mac, m)
	return signatureMarker + hex.EncodeToString(mac.Sum(nil))
}

// writeSigned writes what PHP's serialize([body, headers]) makes of the body and of the headers that are signed.
func writeSigned(mac hash.Hash, m transport.Message) {
	var covered []transport.Header
	for _, h := range m.Headers {
		if covers(h.Name) {
			covered = setHeader(covered, h.Name, h.Value)
		}
	}
	slices.SortFunc(covered, func(a, b transport.Header) int { return strings.Compare(a.Name, b.Name) })
	mac.Write([]byte("a:2:{i:0;"))
	writeString(mac, m.Body)
	mac.Write(fmt.Appendf(nil, "i:1;a:%d:{", len(covered)))
	for _, h := range covered {
		writeString(mac, []byte(h.Name))
		writeString(mac, []byte(h.Value))
	}
	mac.Write([]byte("}}"))
}

// covers reports whether a signature covers the header called name.
func covers(name string) bool {
	return name == HeaderType || strings.HasPrefix(name, HeaderStampPrefix)
}

// IsSignedHeader reports whether the header called name is a signature, or covered by one.
func IsSignedHeader(name string) bool { return name == HeaderSignature || covers(name) }

func writeString(mac hash.Hash, s []byte) {
	mac.Write(append(strconv.AppendInt([]byte("s:"), int64(len(s)), 10), `:"`...))
	mac.Write(s)
	mac.Write([]byte(`";`))
}
