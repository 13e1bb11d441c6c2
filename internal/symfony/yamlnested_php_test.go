//go:build integration || compat

package symfony

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

// blankOrComment is what may stand behind a value.
func blankOrComment(r *rand.Rand) string { return []string{"", "", "", " # c", "  #c", " "}[r.IntN(6)] }
func indent(n int) string                { return strings.Repeat(" ", n) }
func randomKey(r *rand.Rand) string {
	return []string{"a", "b", "'c d'", "\"e\"", "f.g", "h-i", "App\\X", "'App\\Y\\*'", "1", "\"x: y\"", "k#l", "'*'", "async", "\"\\u00e9\"", "p q"}[r.IntN(15)] + strconv.Itoa(r.IntN(4))
}

// distinctKey is a key with its quotes closed.
func distinctKey(r *rand.Rand) string {
	k := randomKey(r)
	for _, q := range []string{"'", "\""} {
		if strings.HasPrefix(k, q) {
			return strings.TrimRight(k, "0123456789")
		}
	}
	return k
}
func randomText(r *rand.Rand) string {
	return []string{"x", "redis://h:6379/s?a=1&b=[c]", "^/api/[^/]+$", "%%x", "a b", "it's", "12", "1.50", "true", "~", "null", "no", "'%env(DSN)%'", "\"%env(DSN)%\"", "'a''b'", "\"a\\\"b\\n\"", "''", "\"\"", "!php/const PHP_INT_SIZE", "!tagged v", "-1", "0x1f", "1e3", ".5", "\\x", "a#b", "http://x:80", "@svc"[1:], "'@svc'", "a,b", "é ü", "a: "[:1], "!!str 5", "a=b", "100%", "10 %", "-x", "<x>", "$x", "a&b", "a*b", "(x)", "x|y", "x>y", "*/5"[1:], "_", "1_000", "+5"[1:], "'1'", "x:y", "::", "a::b", "/", "//", "x\\", "'\\'", "\"\\\\\"", "n", "y", "True", "FALSE", "Null", "infinity"}[r.IntN(60)]
}

// randomFlow is a text, list or map in one line.
func randomFlow(r *rand.Rand, d int) string {
	sp := func() string { return []string{"", " ", "  ", " "}[r.IntN(4)] }
	switch k := r.IntN(5); {
	case k == 0 && d > 0:
		var parts []string
		for range r.IntN(4) {
			parts = append(parts, randomFlow(r, d-1))
		}
		tail := ""
		if len(parts) > 0 && r.IntN(5) == 0 {
			tail = ","
		}
		return "[" + sp() + strings.Join(parts, ","+sp()) + tail + sp() + "]"
	case k == 1 && d > 0:
		var parts []string
		for i := range r.IntN(4) {
			parts = append(parts, fmt.Sprintf("%s:%s%s", []string{"k", "k k", "k-"}[r.IntN(3)]+strconv.Itoa(i), " "+sp(), randomFlow(r, d-1)))
		}
		return "{" + sp() + strings.Join(parts, ","+sp()) + sp() + "}"
	}
	p := randomText(r)
	return p
}

// randomBlock is a list or map over several lines, indented by n.
func randomBlock(r *rand.Rand, n, d int) string {
	var b strings.Builder
	step := []int{1, 2, 4, 4, 2}[r.IntN(5)]
	if r.IntN(3) == 0 {
		for range r.IntN(3) + 1 {
			if r.IntN(6) == 0 {
				b.WriteString([]string{"\n", indent(n) + "# c\n", "# c\n", indent(n+3) + "# c\n"}[r.IntN(4)])
			}
			b.WriteString(indent(n) + "- " + randomValue(r, n, n+2, d, true))
		}
		return b.String()
	}
	seen := map[string]bool{}
	for range r.IntN(3) + 1 {
		k := distinctKey(r)
		if seen[strings.Trim(k, "'\"")] {
			continue
		}
		seen[strings.Trim(k, "'\"")] = true
		if r.IntN(6) == 0 {
			b.WriteString([]string{"\n", indent(n) + "# c\n", "# c\n", indent(n+3) + "# c\n"}[r.IntN(4)])
		}
		b.WriteString(indent(n) + k + []string{":", ":", " :"}[r.IntN(3)])
		b.WriteString(randomValue(r, n, n+step, d, false))
	}
	return b.String()
}

// randomValue is what stands behind a key or dash in column n; what follows in lines of its own is indented by m.
func randomValue(r *rand.Rand, n, m, d int, dash bool) string {
	sp := " "
	if dash {
		sp = ""
	}
	switch k := r.IntN(12); {
	case k < 3 && d > 0 && !dash:
		return blankOrComment(r) + "\n" + randomBlock(r, m, d-1)
	case k < 3 && d > 0 && dash:
		return strings.TrimLeft(randomBlock(r, m, 0), " ")
	case k == 3:
		return sp + []string{"|", ">", "|-", ">-", "|+", ">+"}[r.IntN(6)] + "\n" + indent(m) + "l1 # x\n" + []string{"", "\n", indent(m) + "  l2\n", indent(m) + "l2: z\n"}[r.IntN(4)] + indent(m) + "l3\n" + []string{"", "\n", "\n\n"}[r.IntN(3)]
	case k == 4:
		return sp + "[" + randomText(r) + ",\n" + indent(m) + randomText(r) + []string{"", ",", ", # c"}[r.IntN(3)] + "\n" + indent([]int{n, m}[r.IntN(2)]) + "]\n"
	case k == 5:
		return sp + "{ a: " + randomText(r) + ",\n" + indent(m) + "b: " + randomText(r) + " }" + blankOrComment(r) + "\n"
	case k == 6:
		return sp + "'t1\n" + indent(m) + "t2'\n"
	case k == 7:
		return sp + "\"t1 \\\n" + indent(m) + "t2\n\n" + indent(m) + "t3\"\n"
	case k == 8:
		return sp + "&r" + strconv.Itoa(r.IntN(2)) + " " + randomFlow(r, 2) + "\n"
	case k == 9:
		return sp + randomFlow(r, 2) + blankOrComment(r) + "\n"
	case k == 10 && !dash:
		return blankOrComment(r) + "\n"
	}
	return sp + randomText(r) + blankOrComment(r) + "\n"
}

// TestNestedYAMLAsPHP compares documents of nested blocks, flows, anchors, comments and texts over several lines. Symfony reads
// an anchor in front of a negative number as text, and a comment below a block text that is indented less as part of it: the few
// documents that have one are read otherwise here.
func TestNestedYAMLAsPHP(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 77))
	var documents []string
	for range 6000 {
		documents = append(documents, randomBlock(r, 0, 3))
	}
	read, apart := compareYAML(t, documents, false)
	t.Logf("%d documents, %d of them read, %d otherwise here", len(documents), read, apart)
	if read < len(documents)*3/4 || apart > len(documents)/200 {
		t.Errorf("of %d documents %d are read, %d otherwise here", len(documents), read, apart)
	}
}
