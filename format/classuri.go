package format

import "envelog/phpvalue"

// uri holds the components of a PSR-7 Uri; missing ones are empty.
type uri struct {
	scheme, userInfo, host, path, query, fragment []byte
	port                                          phpvalue.Value // an Int if there is one
}

// uriOf reads the private properties of a Uri of the class whose mangled prefix is given, and reports whether it has them.
func uriOf(v phpvalue.Value, private string) (u uri, ok bool) {
	for _, part := range [...]struct {
		name string
		text *[]byte
	}{{"scheme", &u.scheme}, {"userInfo", &u.userInfo}, {"host", &u.host}, {"path", &u.path}, {"query", &u.query}, {"fragment", &u.fragment}} {
		value := v.Element(private + part.name).Resolve()
		if value.Kind() != phpvalue.String {
			return u, false
		}
		*part.text = value.Text()
	}
	u.port = v.Element(private + "port").Resolve()
	return u, true
}

// append appends u with path instead of its own, which each class writes in its own way.
func (u uri) append(n *normalizer, dst []byte, slashes bool, path []byte) []byte {
	if len(u.scheme) > 0 {
		dst = append(n.raw(dst, u.scheme), ':')
	}
	if slashes {
		dst = u.authority(n, append(dst, "//"...))
	}
	if u.hasAuthority() && len(path) > 0 && path[0] != '/' {
		dst = append(dst, '/')
	}
	dst = n.raw(dst, path)
	if len(u.query) > 0 {
		dst = n.raw(append(dst, '?'), u.query)
	}
	if len(u.fragment) > 0 {
		dst = n.raw(append(dst, '#'), u.fragment)
	}
	return dst
}

func (u uri) hasAuthority() bool {
	return len(u.userInfo) > 0 || len(u.host) > 0 || u.port.Kind() == phpvalue.Int
}

func (u uri) authority(n *normalizer, dst []byte) []byte {
	if len(u.userInfo) > 0 {
		dst = append(n.raw(dst, u.userInfo), '@')
	}
	dst = n.raw(dst, u.host)
	if u.port.Kind() == phpvalue.Int {
		dst = appendScalar(append(dst, ':'), u.port)
	}
	return dst
}

// guzzleURI appends what GuzzleHttp\Psr7\Uri::composeComponents() makes.
func guzzleURI(n *normalizer, dst []byte, v phpvalue.Value) ([]byte, bool) {
	u, ok := uriOf(v, "\x00GuzzleHttp\\Psr7\\Uri\x00")
	if !ok {
		return dst, false
	}
	return u.append(n, dst, u.hasAuthority() || string(u.scheme) == "file", u.path), true
}

// nyholmURI appends what Nyholm\Psr7\Uri::createUriString() makes: without a host there is no authority, and then the
// path begins with one slash at most.
func nyholmURI(n *normalizer, dst []byte, v phpvalue.Value) ([]byte, bool) {
	u, ok := uriOf(v, "\x00Nyholm\\Psr7\\Uri\x00")
	if !ok {
		return dst, false
	}
	path := u.path
	if len(u.host) == 0 {
		u.userInfo, u.port = nil, phpvalue.Value{}
		for len(path) > 1 && path[0] == '/' && path[1] == '/' {
			path = path[1:]
		}
	}
	return u.append(n, dst, u.hasAuthority(), path), true
}
