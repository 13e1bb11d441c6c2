//go:build integration || compat

package jsonvalue_test

import (
	"encoding/base64"
	"testing"

	"envelog/decoder/phpserialize"
	"envelog/internal/phptest"
	"envelog/phpvalue"
)

// What json_decode() reads is read as the same value, and what it refuses is refused.
func TestParseAsPHP(t *testing.T) {
	var inputs []string
	for _, c := range texts {
		inputs = append(inputs, c.json)
		if len(c.json) > 200 {
			continue
		}
		for n := range len(c.json) {
			for _, replacement := range []string{"", "0", "-", ".", "e", "\\", "\"", "{", "}", "[", "]", ",", ":", " ", "\x00", "\x80", "\xc3\xa9", "\\u0000", "\\ud800"} {
				inputs = append(inputs, c.json[:n]+replacement+c.json[n+1:])
			}
		}
	}
	for _, c := range refused {
		inputs = append(inputs, c.json)
	}
	encoded := make([]string, len(inputs))
	for i, input := range inputs {
		encoded[i] = base64.StdEncoding.EncodeToString([]byte(input))
	}
	lines := phptest.Answers(t, `while (($line = fgets(STDIN)) !== false) {
		$v = json_decode(base64_decode($line), true);
		echo json_last_error() ? "refused" : base64_encode(serialize($v)), "\n";
	}`, encoded)
	p := newParser(t, phpserialize.Limits{})
	for i, input := range inputs {
		tree := &phpvalue.Tree{Text: []byte(input)}
		got := "refused"
		if err := p.Parse(tree); err == nil {
			got = base64.StdEncoding.EncodeToString([]byte(serialize(t, tree)))
		}
		if got != lines[i] && !hasDuplicateKeys(tree, got) {
			t.Errorf("%.200q:\n got %.200s\nwant %.200s", input, got, lines[i])
		}
	}
}

// hasDuplicateKeys reports whether a value that was read has an array with the same key twice: PHP keeps one of them.
func hasDuplicateKeys(tree *phpvalue.Tree, got string) bool {
	if got == "refused" {
		return false
	}
	for i := range tree.Nodes {
		seen := map[any]bool{}
		for it := tree.At(i).Children(); it.Next(); {
			key := any(it.Value().IntKey())
			if it.Value().KeyKind() == phpvalue.TextKey {
				key = string(it.Value().TextKey())
			}
			if seen[key] {
				return true
			}
			seen[key] = true
		}
	}
	return false
}
