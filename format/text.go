package format

import (
	"bytes"
	"unicode/utf8"
)

// A message may take half of a line, a channel one part in sixteen.
const (
	messageShare = 2
	channelShare = 16
)

// longestEscape is how many bytes one byte can become in JSON: \u0000.
const longestEscape = 6

func (n *normalizer) message(dst, message []byte) []byte {
	return n.quotedShare(dst, message, n.maxBytes/messageShare)
}

func (n *normalizer) channel(dst, channel []byte) []byte {
	return n.quotedShare(dst, channel, n.maxBytes/channelShare)
}

// quotedShare appends s as a JSON string of at most share bytes.
func (n *normalizer) quotedShare(dst, s []byte, share int) []byte {
	start := len(dst)
	if len(s) <= share {
		if dst = appendQuoted(dst, s, n.escapes); len(dst)-start <= share {
			return dst
		}
	}
	dst = appendEscaped(append(dst[:start], '"'), n.cut(s, share/longestEscape), n.escapes)
	dst = append(append(dst, ' '), n.tooLong...)
	return append(dst, '"')
}

// rawShare appends s as it is, cut to share bytes.
func (n *normalizer) rawShare(dst, s []byte, share int) []byte {
	if len(s) <= share {
		return append(dst, s...)
	}
	dst = append(append(dst, n.cut(s, share)...), ' ')
	return append(dst, n.tooLong...)
}

// cut returns as much of the beginning of s as fits into size bytes together with the notice that it is cut, without
// taking a character apart.
func (n *normalizer) cut(s []byte, size int) []byte {
	size = max(0, min(size-len(n.tooLong)-1, len(s)))
	for back := 0; back < utf8.UTFMax && size > 0 && size < len(s) && !utf8.RuneStart(s[size]); back++ {
		size--
	}
	return s[:size]
}

// flattenBreaks makes one blank of each line break in dst from start on, as LineFormatter::replaceNewlines does: CRLF,
// CR and LF.
func flattenBreaks(dst []byte, start int) []byte {
	text := dst[start:]
	if bytes.IndexByte(text, '\n') < 0 && bytes.IndexByte(text, '\r') < 0 {
		return dst
	}
	end := start
	for i := start; i < len(dst); i++ {
		c := dst[i]
		if c == '\r' && i+1 < len(dst) && dst[i+1] == '\n' {
			continue
		}
		if c == '\r' || c == '\n' {
			c = ' '
		}
		dst[end] = c
		end++
	}
	return dst[:end]
}
