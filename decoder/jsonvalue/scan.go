package jsonvalue

// skipSpace returns the offset of the first byte from at on that is not white space.
func skipSpace(src []byte, at int) int {
	for at < len(src) && (src[at] == ' ' || src[at] == '\n' || src[at] == '\r' || src[at] == '\t') {
		at++
	}
	return at
}

// consumeNumber reads a number and reports whether it is written as an int.
func consumeNumber(src []byte, at int) (isInt bool, next int) {
	if src[at] == '-' {
		at++
	}
	digits := at
	at = skipDigits(src, at)
	if at == digits || src[digits] == '0' && at > digits+1 {
		return false, ^digits
	}
	isInt = true
	if at < len(src) && src[at] == '.' {
		isInt = false
		digits = at + 1
		if at = skipDigits(src, digits); at == digits {
			return false, ^at
		}
	}
	if at < len(src) && src[at]|0x20 == 'e' {
		isInt = false
		digits = at + 1
		if digits < len(src) && (src[digits] == '+' || src[digits] == '-') {
			digits++
		}
		if at = skipDigits(src, digits); at == digits {
			return false, ^at
		}
	}
	return isInt, at
}

func skipDigits(src []byte, at int) int {
	for at < len(src) && src[at]-'0' <= 9 {
		at++
	}
	return at
}
