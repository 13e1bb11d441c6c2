//go:build integration || compat

package phpfilter_test

import (
	"encoding/base64"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"envelog/internal/phpfilter"
	"envelog/internal/phptest"
)

type phpAnswers struct {
	Filtered []struct {
		Bool  *bool
		Int   *int64
		Float *string // the bits, in hexadecimal
	}
	Floats []string
}

func askPHP(t *testing.T, texts []string, floats []float64) phpAnswers {
	t.Helper()
	encoded, bits := make([]string, len(texts)), make([]string, len(floats))
	for i, text := range texts {
		encoded[i] = base64.StdEncoding.EncodeToString([]byte(text))
	}
	for i, f := range floats {
		bits[i] = bitsOf(f)
	}
	return phptest.Ask[phpAnswers](t, "testdata/filter.php", map[string]any{"texts": encoded, "floats": bits})
}

func bitsOf(f float64) string { return fmt.Sprintf("%016x", math.Float64bits(f)) }

// TestAsPHP compares texts that are put together at random with what PHP's filters say of them.
func TestAsPHP(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	pieces := []string{"0", "1", "7", "12", "9223372036854775807", "9223372036854775808", "+", "-", ".", "e", "E", "x", "_", " ", "\t", "\v", "\x00", "\f", "\u00a0", "on", "YES", "off", "No", "true", "False", "400", "308"}
	texts := []string{""}
	for len(texts) < 20_000 {
		text := ""
		for range r.IntN(5) + 1 {
			text += pieces[r.IntN(len(pieces))]
		}
		texts = append(texts, text)
	}
	var floats []float64
	for len(floats) < 2000 {
		floats = append(floats, float64(r.IntN(2000)-1000)*math.Pow(10, float64(r.IntN(40)-20)))
	}
	php := askPHP(t, texts, floats)
	valid := 0
	for i, want := range php.Filtered {
		b, validBool := phpfilter.Bool(texts[i])
		n, validInt := phpfilter.Int(texts[i])
		f, validFloat := phpfilter.Float(texts[i])
		if validFloat || validBool {
			valid++
		}
		if validBool != (want.Bool != nil) || validBool && b != *want.Bool {
			t.Errorf("Bool(%q) = %v, %v", texts[i], b, validBool)
		}
		if validInt != (want.Int != nil) || validInt && n != *want.Int {
			t.Errorf("Int(%q) = %v, %v", texts[i], n, validInt)
		}
		if validFloat != (want.Float != nil) || validFloat && f != 0 && bitsOf(f) != *want.Float {
			t.Errorf("Float(%q) = %v, %v", texts[i], f, validFloat)
		}
	}
	if valid < 1000 {
		t.Errorf("only %d texts are valid: nothing is compared", valid)
	}
	for i, want := range php.Floats {
		if got, _ := phpfilter.Text(floats[i]); got != want && floats[i] != 0 {
			t.Errorf("Text(%v) = %s, PHP says %s", floats[i], got, want)
		}
	}
}
