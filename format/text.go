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
	dst = appendFitting(append(dst[:start], '"'), s, start+share-len(n.tooLong)-len(`" "`), n.escapes)
	dst = append(append(dst, ' '), n.tooLong...)
	return append(dst, '"')
}

// appendFitting appends as much of the beginning of s, escaped, as fits until dst has most bytes, without taking a
// character apart.
func appendFitting(dst, s []byte, most int, mode escapes) []byte {
	for {
		size := wholeCharacters(s, (most-len(dst))/longestEscape)
		if size <= 0 {
			return dst
		}
		dst = appendEscaped(dst, s[:size], mode)
		s = s[size:]
	}
}

// wholeCharacters returns at most size, without the bytes of a character that begins before it and ends after it.
func wholeCharacters(s []byte, size int) int {
	size = min(size, len(s))
	for back := 0; back < utf8.UTFMax && size > 0 && size < len(s) && !utf8.RuneStart(s[size]); back++ {
		size--
	}
	return size
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
	return s[:max(0, wholeCharacters(s, size-len(n.tooLong)-1))]
}

// unescapeBreaks makes a line break of each \n and \r in the JSON in dst from start on, unless a backslash stands before it.
func unescapeBreaks(dst []byte, start int) []byte {
	text := dst[start:]
	end := start
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c == '\\' && i+1 < len(text) && (text[i+1] == 'n' || text[i+1] == 'r') && (i == 0 || text[i-1] != '\\') {
			c = '\n'
			i++
		}
		dst[end] = c
		end++
	}
	return dst[:end]
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
