package format

import (
	"strings"
	"testing"
	"unicode"
)

// hiddenByUnicode is isHidden by Unicode's own properties: Default_Ignorable_Code_Point as it is derived
// (DerivedCoreProperties.txt), the interlinear annotations that this leaves out, and Bidi_Control.
func hiddenByUnicode(r rune) bool {
	switch {
	case r == 0xfe0e || r == 0xfe0f: // which of a character's two looks, text or emoji
		return false
	case unicode.Is(unicode.Prepended_Concatenation_Mark, r), r >= 0x13430 && r <= 0x1345f: // these are seen
		return false
	}
	return unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector, unicode.Bidi_Control)
}

func TestHiddenCharacters(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if got, want := isHidden(r), hiddenByUnicode(r); got != want && !(unicode.In(r, unicode.Cn) && got) {
			t.Errorf("%U: got %t, want %t", r, got, want)
		}
	}
}

// TestHiddenCharactersAreEscaped has text that looks other than it is, in every place of a record.
func TestHiddenCharactersAreEscaped(t *testing.T) {
	for _, hidden := range []struct{ char, escape string }{
		{"\u00ad", `\u00ad`}, {"\u034f", `\u034f`}, {"\u061c", `\u061c`}, {"\u200b", `\u200b`}, {"\u200d", `\u200d`}, {"\u200f", `\u200f`}, {"\u202e", `\u202e`},
		{"\u2066", `\u2066`}, {"\u3164", `\u3164`}, {"\ufeff", `\ufeff`}, {"\U000e0041", `\udb40\udc41`}, {"\U000e0100", `\udb40\udd00`},
	} {
		text := "gpj." + hidden.char + "exe"
		for name, want := range map[string]string{
			"keyvalue": `"gpj.` + hidden.escape + `exe".INFO: "gpj.` + hidden.escape + `exe" "gpj.` + hidden.escape + `exe"="gpj.` + hidden.escape + `exe" l=["gpj.` + hidden.escape + `exe"]`,
			"logfmt":   `channel="gpj.` + hidden.escape + `exe" msg="gpj.` + hidden.escape + `exe" gpj.` + strings.Repeat("_", len(hidden.char)) + `exe="gpj.` + hidden.escape + `exe" l="[\"gpj.` + strings.ReplaceAll(hidden.escape, `\u`, `\\u`) + `exe\"]"`,
		} {
			r := newRecord(t, text, "")
			r.Channel = []byte(text)
			r.Context = values(t, array{{text, text}, {"l", []any{text}}})
			if line := string(mustNew(t, name, Options{}).Append(nil, r)); !strings.Contains(line, want) {
				t.Errorf("%U: got %q, want %q", []rune(hidden.char)[0], line, want)
			}
		}
	}
}

// TestVisibleCharactersStay has text of scripts and emoji that need no escape.
func TestVisibleCharactersStay(t *testing.T) {
	for _, text := range []string{"ÀÉïß", "ελληνικά", "Кириллица", "עברית", "العربية", "日本語", "한국어", "हिन्दी", "❤️", "😀", "🏳️", "͎", "ث"} {
		if got := string(appendQuoted(nil, []byte(text), allControls)); got != `"`+text+`"` {
			t.Errorf("%s became %s", text, got)
		}
	}
}
