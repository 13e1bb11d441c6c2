package redis

import (
	"crypto/sha1"
	"encoding/hex"
)

// Script is a Lua script with the digest by which a server that has seen it knows it.
type Script struct{ Text, Digest string }

// NewScript returns the script with its digest.
func NewScript(text string) Script {
	sum := sha1.Sum([]byte(text))
	return Script{text, hex.EncodeToString(sum[:])}
}

// Run sends the script by its digest, and in full to a server that does not have it, or does without EVALSHA. do sends
// one command; args are the number of keys, the keys, and the arguments.
func (s Script) Run(do func(command string, args ...any) (any, error), args ...any) (any, error) {
	reply, err := do("EVALSHA", append([]any{s.Digest}, args...)...)
	if Code(err) == "NOSCRIPT" || Unknown(err) {
		return do("EVAL", append([]any{s.Text}, args...)...)
	}
	return reply, err
}
