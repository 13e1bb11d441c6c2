package web

import (
	"cmp"
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"strings"
)

// guardedMetrics lets those through who may read metrics: whoever has the token or, without one, whoever asks for an address
// that only this machine reaches.
func (s *Server) guardedMetrics(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case s.options.Token != "":
			s.askToken(s.options.Token, next, w, r)
		case !s.options.MetricsOnly && !namesLoopback(r.Host):
			http.Error(w, "Ask for this page by the address that envelog listens on, such as http://"+s.Addr()+"/.", http.StatusMisdirectedRequest)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// guarded lets only those through who may read records: a loopback address is open to every user of the machine, so that
// there is always a token. A browser that knows it sends it for the pages of other sites, too: they may lead here, and use
// nothing from here.
func (s *Server) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isUsedElsewhere(r.Header) {
			http.Error(w, "Open this page by itself: another site asks for it.", http.StatusForbidden)
			return
		}
		s.askToken(cmp.Or(s.options.Token, s.options.PageToken), next, w, r)
	})
}

// isUsedElsewhere reports whether a browser asks for something on behalf of another site's page, and not since somebody
// follows a link.
func isUsedElsewhere(h http.Header) bool {
	site := h.Get("Sec-Fetch-Site")
	return (site == "cross-site" || site == "same-site") && h.Get("Sec-Fetch-Mode") != "navigate"
}

// askToken serves a request that has the token.
func (s *Server) askToken(token string, next http.Handler, w http.ResponseWriter, r *http.Request) {
	if hasToken(r, token) {
		next.ServeHTTP(w, r)
		return
	}
	text := "The token is needed: as a bearer token, or as the password of any user."
	if s.options.TokenPath != "" {
		text += " It is in " + s.options.TokenPath + "."
	}
	w.Header().Set("WWW-Authenticate", `Basic realm="envelog: any user, the token as password", charset="UTF-8"`)
	http.Error(w, text, http.StatusUnauthorized)
}

// hasToken reports whether a request has the token, as a bearer or as a password. Nothing has a token that is "".
func hasToken(r *http.Request, token string) bool {
	given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		_, given, ok = r.BasicAuth()
	}
	return ok && token != "" && same(given, token)
}

// same compares in constant time.
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
