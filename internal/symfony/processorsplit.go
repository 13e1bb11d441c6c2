package symfony

import (
	"regexp"
	"strconv"
	"strings"
)

// split is url:, query_string:, csv: and const: of a text, as far as PHP's functions leave no doubt about it; nil for others.
func (r *resolver) split(processor, text string, at Position) *value {
	switch processor {
	case "url":
		return urlParts(text, at)
	case "query_string":
		return queryParts(text, at)
	case "csv":
		return csvParts(text, at)
	case "const":
		data, known := phpConstant(text)
		if !known {
			data, known = r.app.keyConstant(text)
		}
		if known {
			return &value{at: at, data: data}
		}
	}
	return nil
}

// plainURL is a URL that PHP's parse_url takes apart as everybody does.
var plainURL = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9+.-]*)://(?:([^:@/?#\s\\]*)(?::([^@/?#\s\\]*))?@)?([A-Za-z0-9._-]+)(?::([0-9]{1,4}))?(/[^?#\s\\]*)?(?:\?([^#\s\\]*))?(?:#([^\s\\]*))?$`)

func urlParts(text string, at Position) *value {
	m := plainURL.FindStringSubmatchIndex(text)
	if m == nil {
		return nil
	}
	parts := &value{at: at, kind: dict}
	for i, name := range []string{"scheme", "user", "pass", "host", "port", "path", "query", "fragment"} {
		part := &value{at: at}
		if from, to := m[2*i+2], m[2*i+3]; from >= 0 {
			part.data = text[from:to]
		}
		switch written, is := part.data.(string); {
		case name == "path":
			part.data = strings.TrimPrefix(written, "/")
		case !is:
		case name == "user" || name == "pass":
			part.data = rawURLDecode(written)
		case name == "port":
			n, _ := strconv.ParseInt(written, 10, 64) // digits alone
			part.data = n
		}
		parts.set(name, part)
	}
	return parts
}

// rawURLDecode is PHP's rawurldecode: what is no %XX stays.
func rawURLDecode(text string) string {
	return percent.ReplaceAllStringFunc(text, func(code string) string {
		n, _ := strconv.ParseUint(code[1:], 16, 8) // two digits
		return string([]byte{byte(n)})
	})
}

var percent = regexp.MustCompile(`%[0-9A-Fa-f]{2}`)

// plainQuery are parameters whose names PHP's parse_str leaves as they are.
var plainQuery = regexp.MustCompile(`^(?:[A-Za-z_][\w-]*(?:=[^&?#\s]*)?(?:&|$))+$`)

// queryParts reads the query of a URL, or the text itself when it is no URL.
func queryParts(text string, at Position) *value {
	if m := plainURL.FindStringSubmatch(text); m != nil && m[7] != "" {
		text = m[7]
	}
	if !plainQuery.MatchString(text) {
		return nil
	}
	parts := &value{at: at, kind: dict}
	for pair := range strings.SplitSeq(strings.TrimSuffix(text, "&"), "&") {
		name, content, _ := strings.Cut(pair, "=")
		parts.set(name, &value{at: at, data: rawURLDecode(strings.ReplaceAll(content, "+", " "))})
	}
	return parts
}

// csvParts reads a line without quotes. Of an empty one releases of Symfony make different lists.
func csvParts(text string, at Position) *value {
	if text == "" || strings.ContainsAny(text, "\"\r\n") {
		return nil
	}
	parts := &value{at: at, kind: list}
	for field := range strings.SplitSeq(text, ",") {
		parts.items = append(parts.items, &value{at: at, data: field})
	}
	return parts
}
