package doctrine

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"envelog/decoder/jsonstring"
	"envelog/transport"
)

// errNotText is what PostgreSQL would say of such a body, and what MySQL and SQLite would keep for a PHP that chokes on it.
var errNotText = errors.New("the body is not text that the columns hold, and has no other form")

// carries reports whether everybody who connects as the DSN says is given body back as it was sent. It is not when it is no
// text, and when MySQL's charset of the connection lacks some of it: PHP would be given "?" in its place.
func (c Config) carries(body string) bool {
	switch {
	case !utf8.ValidString(body) || strings.Contains(body, "\x00"):
		return false
	case c.Platform != MySQL || strings.EqualFold(c.Charset, "utf8mb4"):
		return true
	case isUTF8MB3(c.Charset):
		return !strings.ContainsFunc(body, func(r rune) bool { return r > 0xffff })
	}
	return isASCII(body)
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}

// inASCII returns the body in ASCII, in a form that the serializer which wrote it reads: base64, as PhpSerializer itself
// writes what is not UTF-8, and escapes in JSON, as Serializer writes it. There is none for a format that is not known,
// and none for a signed body, whose signature is of the bytes.
func inASCII(m transport.Message) (body string, ok bool) {
	has := func(name string) bool {
		return slices.ContainsFunc(m.Headers, func(h transport.Header) bool { return strings.EqualFold(h.Name, name) })
	}
	text := string(m.Body)
	switch {
	case has("Body-Sign"):
		return "", false
	case !has("type") && strings.HasPrefix(text, "O:") && strings.HasSuffix(text, "}"):
		return base64.StdEncoding.EncodeToString(m.Body), true
	case utf8.ValidString(text) && json.Valid(m.Body):
		return escapeJSON(text), true
	}
	return "", false
}

// escapeJSON writes what is beyond ASCII as JSON's escapes; it stands in strings alone.
func escapeJSON(text string) string {
	b := make([]byte, 0, len(text)+len(text)/2)
	for _, r := range text {
		if r < utf8.RuneSelf {
			b = append(b, byte(r))
		} else {
			b = jsonstring.AppendEscape(b, r)
		}
	}
	return string(b)
}
