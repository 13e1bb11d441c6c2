package doctor

import (
	"strings"

	"envelog/internal/redis"
)

// splitCure takes what to do about an error of Redis out of its text, or finds it.
func splitCure(err error) (text, cure string) {
	text = err.Error()
	if open := strings.LastIndex(text, " ("); open > 0 && strings.HasSuffix(text, ")") {
		return text[:open], text[open+2 : len(text)-1]
	}
	switch redis.Code(err) {
	case "NOAUTH":
		return text, "the server wants a password: write user:password@ before the host of the DSN"
	case "WRONGPASS":
		return text, "user or password of the DSN are wrong: ACL GETUSER on the server tells who may log in; special characters are percent-encoded in a DSN"
	case "NOPERM":
		return text, "the user lacks a right: docs/redis.md lists those of each command"
	case "WRONGTYPE":
		return text, "another program uses this key: name another stream in the DSN, or remove the key when nobody needs it"
	case "LOADING":
		return text, "the server is starting: wait"
	case "OOM":
		return text, "the server has no memory left: raise maxmemory, or start another worker"
	}
	return text, "see the server's log"
}
