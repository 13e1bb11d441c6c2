package format

// isHidden reports whether r is a character that shows nothing of itself, but changes what a reader sees or carries text that
// nobody sees: marks that turn the direction of writing around (bidi), characters without a width, fillers, tags, and the
// variation selectors except for the two that choose between text and emoji. They are Unicode's Default_Ignorable_Code_Point
// and the bidi controls (Unicode 16, DerivedCoreProperties.txt, PropList.txt).
func isHidden(r rune) bool {
	switch {
	case r < 0x115f:
		return r == 0x00ad || r == 0x034f || r == 0x061c
	case r < 0x2000:
		return r <= 0x1160 || r == 0x17b4 || r == 0x17b5 || r >= 0x180b && r <= 0x180f
	case r < 0x3000:
		return r >= 0x200b && r <= 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2060 && r <= 0x206f
	case r < 0xfe00:
		return r == 0x3164
	case r < 0x10000:
		return r <= 0xfe0d || r == 0xfeff || r == 0xffa0 || r >= 0xfff0 && r <= 0xfffb
	}
	return r >= 0x1bca0 && r <= 0x1bca3 || r >= 0x1d173 && r <= 0x1d17a || r >= 0xe0000 && r <= 0xe0fff
}
