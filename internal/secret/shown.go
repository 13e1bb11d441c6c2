package secret

import (
	"net/url"
	"regexp"
	"strings"
)

// Stars stand in the place of what may be a secret.
const Stars = "***"

// A Shape tells whether a value looks like what an option takes. What does not may be a password in the wrong place.
type Shape func(value string) bool

// The shapes of values that hold no secrets.
var (
	Number  Shape = regexp.MustCompile(`^[+-]?\d{1,19}(\.\d{1,9})?$`).MatchString
	Switch  Shape = regexp.MustCompile(`^(?i:1|0|true|false|on|off|yes|no)?$`).MatchString
	Name    Shape = regexp.MustCompile(`^[\w.:{}%+-]{0,128}$`).MatchString
	Path    Shape = regexp.MustCompile(`^[\w.:/+ -]*$`).MatchString
	Address Shape = regexp.MustCompile(`^(?:` + host + `(?::\d{1,5})?|/[\w./-]+:?)$`).MatchString
)

const host = `(?:[\w.-]+|\[[0-9A-Fa-f:.]+\])`

// OneOf is the shape of an option that takes one of these words, in any case.
func OneOf(words ...string) Shape {
	return func(value string) bool {
		for _, word := range words {
			if strings.EqualFold(value, word) {
				return true
			}
		}
		return false
	}
}

// Options are those options of a DSN whose values may be shown, when they have the shape. A name as "host[]" stands for
// "host[x]" without a value, where x has the shape.
type Options map[string]Shape

// Value returns the value of an option as it may be shown: Stars, if it is not known to be harmless.
func (o Options) Value(name, value string) string {
	if shape := o[name]; shape != nil && shape(value) {
		return value
	}
	return Stars
}

// scheme is what a DSN begins with.
var scheme = regexp.MustCompile(`^[a-z][a-z0-9+_.-]*:(?://)?`)

// target is a host with the names behind it, or the path of a socket or file.
var target = regexp.MustCompile(`^(?:` + host + `(?::\d{1,5})?)?(?:/[\w.:{}%+-]*)*$`)

// DSN returns a DSN as it may be shown: the scheme, the host, the names behind it, and the options that are known to be
// harmless. Stars stand for everything else, and for all behind the scheme when it is not plain where a password ends.
func (o Options) DSN(dsn string) string {
	front := scheme.FindString(dsn)
	if front == "" {
		return Stars
	}
	rest, fragment, _ := strings.Cut(dsn[len(front):], "#")
	rest, query, hasQuery := strings.Cut(rest, "?")
	user, rest, hasLogin := cutLogin(rest)
	isPath := strings.HasPrefix(rest, "/")
	switch {
	case strings.Contains(query+fragment, "@"), strings.ContainsAny(user, "/@"), !target.MatchString(rest):
		return front + Stars
	case !strings.HasSuffix(front, "//") && !isPath && rest != "":
		return front + Stars
	case hasLogin:
		front += Stars + "@"
	}
	if hasQuery {
		return front + rest + "?" + o.query(query)
	}
	return front + rest
}

// cutLogin cuts what stands before the last @.
func cutLogin(text string) (login, rest string, found bool) {
	at := strings.LastIndexByte(text, '@')
	if at < 0 {
		return "", text, false
	}
	return text[:at], text[at+1:], true
}

// option is the name of an option, as one that is misspelt may be shown.
var option = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9_]{1,40}(\[\w{0,40}\])*$`)

// query returns the options of a DSN as they may be shown. What is not known behind a secret may be the rest of it, from
// an & on.
func (o Options) query(query string) string {
	pairs := strings.Split(query, "&")
	behind := false
	for i, pair := range pairs {
		pairs[i] = o.pair(pair, behind)
		behind = behind || strings.Contains(pairs[i], Stars)
	}
	return strings.Join(pairs, "&")
}

func (o Options) pair(pair string, behindSecret bool) string {
	name, value, hasValue := strings.Cut(pair, "=")
	plainName, err := url.QueryUnescape(name)
	plainValue, valueErr := url.QueryUnescape(value)
	if err != nil || valueErr != nil {
		return Stars
	}
	if list, inner, is := strings.Cut(plainName, "["); is && !hasValue {
		if shape := o[list+"[]"]; shape != nil && shape(strings.TrimSuffix(inner, "]")) {
			return pair
		}
	}
	switch {
	case hasValue && o.Value(plainName, plainValue) != Stars:
		return pair
	case hasValue && o[plainName] != nil, hasValue && !behindSecret && option.MatchString(plainName):
		return name + "=" + Stars
	}
	return Stars
}

// login is what may be the login of a DSN inside a text, up to the host.
var login = regexp.MustCompile(`(?:[A-Za-z][\w+.-]*:?)?//\S*@|\b(?:redis|valkey)s?:[^\s/]\S*@`)

// InText returns a text such as an error, with Stars in the place of what may be the login of a DSN.
func InText(text string) string { return login.ReplaceAllString(text, Stars+"@") }

// likeDSN is what may be a DSN with a login, however it is misspelt.
var likeDSN = regexp.MustCompile(`://|(?s:(?::|//).*@)`)

// Text returns a text that may be anything but should not be a DSN, such as a name or a path, as it may be shown: Stars,
// if it looks like a DSN.
func Text(text string) string {
	if likeDSN.MatchString(text) {
		return Stars
	}
	return text
}
