package redis

import (
	"crypto/sha1"
	"encoding/hex"
)

// script is a Lua script with the digest by which a server that has seen it knows it.
type script struct{ text, digest string }

func newScript(text string) script {
	sum := sha1.Sum([]byte(text))
	return script{text, hex.EncodeToString(sum[:])}
}

// run sends the script by its digest, and in full to a server that does not have it, or does without EVALSHA. do sends
// one command; args are the number of keys, the keys, and the arguments.
func (s script) run(do func(command string, args ...any) (any, error), args ...any) (any, error) {
	reply, err := do("EVALSHA", append([]any{s.digest}, args...)...)
	if replyCode(err) == "NOSCRIPT" || unknownToServer(err) {
		return do("EVAL", append([]any{s.text}, args...)...)
	}
	return reply, err
}
