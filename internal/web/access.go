package web

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"strings"
)

// guarded lets only those through who may read.
func (s *Server) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case s.options.Token == "" && !s.options.MetricsOnly && !namesLoopback(r.Host):
			http.Error(w, "Ask for this page by the address that envelog listens on, such as http://"+s.Addr()+"/.", http.StatusMisdirectedRequest)
		case s.options.Token != "" && !s.hasToken(r):
			w.Header().Set("WWW-Authenticate", `Basic realm="envelog: any user, the token as password", charset="UTF-8"`)
			http.Error(w, "The token is needed: as a bearer token, or as the password of any user.", http.StatusUnauthorized)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// hasToken reports whether a request has the token, as a bearer or as a password.
func (s *Server) hasToken(r *http.Request) bool {
	given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		_, given, ok = r.BasicAuth()
	}
	return ok && same(given, s.options.Token)
}

// same compares without telling by its time how much agrees.
func same(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// namesLoopback reports whether the Host of a request is an address of this machine or localhost: a name that somebody
// else's DNS points here is not.
func namesLoopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return isLoopback(strings.Trim(host, "[]"))
}
