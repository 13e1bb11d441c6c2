package messenger_test

import (
	"errors"
	"strings"
	"testing"

	"envelog/decoder/messenger"
	"envelog/decoder/phpserialize"
	"envelog/fixtures"
	"envelog/internal/serialized"
	"envelog/phpvalue"
)

const (
	open    = "O:\"Symfony\\Component\\Messenger\\Envelope\":{s:\"\x00Symfony\\Component\\Messenger\\Envelope\x00stamps\";"
	message = "s:\"\x00Symfony\\Component\\Messenger\\Envelope\x00message\";"
)

func parse(t testing.TB, wire string) *phpvalue.Tree {
	t.Helper()
	p, err := phpserialize.NewParser(phpserialize.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	tree := &phpvalue.Tree{Text: []byte(wire)}
	if err := p.Parse(tree); err != nil {
		t.Fatalf("Parse(%q): %v", wire, err)
	}
	return tree
}

func openEnvelope(t testing.TB, wire string) messenger.Envelope {
	t.Helper()
	e, err := messenger.Open(parse(t, serialized.Of(wire)).Root())
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestOpen(t *testing.T) {
	e := openEnvelope(t, open+`a:{s:"S";a:{i:0;O:"S":{s:"n";i:1;}i:1;O:"S":{s:"n";i:2;}}}`+message+`O:"M":{}}`)
	if got := string(e.Message().Text()); got != "M" {
		t.Errorf("Message is of class %s", got)
	}
	if got := e.Stamps("S").Len(); got != 2 {
		t.Errorf("%d stamps of class S, want 2", got)
	}
	if e.Stamps("T").Exists() || e.AllStamps().Len() != 1 {
		t.Error("there are stamps that nobody added")
	}
}

func TestOpenMessageThatIsAStampsResult(t *testing.T) {
	e := openEnvelope(t, open+`a:{s:"S";a:{i:0;O:"S":{s:"r";O:"M":{}}}}`+message+`r:5;}`)
	if got := string(e.Message().Text()); got != "M" {
		t.Errorf("Message is of class %s", got)
	}
}

func TestOpenRefuses(t *testing.T) {
	tests := []struct{ name, wire, says string }{
		{"another object", `O:"stdClass":{}`, "stdClass"},
		{"an array", `a:{}`, "an array of 0 elements"},
		{"a string", `s:"x";`, "a scalar"},
		{"null", `N;`, "null"},
		{"no stamps", `O:"Symfony\Component\Messenger\Envelope":{` + message + `O:"M":{}}`, "stamps are missing"},
		{"stamps of another type", open + `i:1;` + message + `O:"M":{}}`, "stamps are"},
		{"no message", open + `a:{}}`, "message is missing"},
		{"message that is a string", open + `a:{}` + message + `s:"x";}`, "message is"},
		{"int keys", `O:"Symfony\Component\Messenger\Envelope":{i:0;a:{}i:-1;O:"M":{}}`, "missing"},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			_, err := messenger.Open(parse(t, serialized.Of(c.wire)).Root())
			if !errors.Is(err, messenger.ErrNotEnvelope) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("Open = %v, want %v that says %q", err, messenger.ErrNotEnvelope, c.says)
			}
		})
	}
	if _, err := messenger.Open(phpvalue.Value{}); !errors.Is(err, messenger.ErrNotEnvelope) {
		t.Errorf("Open of nothing = %v", err)
	}
}

func delay(ms int64) messenger.Stamp {
	return messenger.Stamp{Class: "D", Properties: func(b *phpserialize.Builder) {
		b.Property("D", "delay")
		b.Int(ms)
	}}
}

func TestAddStamps(t *testing.T) {
	const oldStamp = `s:"B";a:{i:0;O:"B":{}}`
	newStamps := func(ms ...string) string {
		s := ""
		for i, n := range ms {
			s += "i:" + string(rune('0'+i)) + ";O:\"D\":{s:\"\x00D\x00delay\";i:" + n + ";}"
		}
		return s
	}
	tests := []struct {
		name, wire, want string
		stamps           []messenger.Stamp
	}{
		{"first", open + `a:{}` + message + `O:"M":{}}`,
			open + `a:{s:"D";a:{` + newStamps("5") + `}}` + message + `O:"M":{}}`, []messenger.Stamp{delay(5)}},
		{"none", open + `a:{}` + message + `O:"M":{}}`, open + `a:{}` + message + `O:"M":{}}`, nil},
		{"behind others", open + `a:{` + oldStamp + `}` + message + `O:"M":{}}`,
			open + `a:{` + oldStamp + `s:"D";a:{` + newStamps("5", "7") + `}}` + message + `O:"M":{}}`, []messenger.Stamp{delay(5), delay(7)}},
		{"of a class that is there", open + `a:{s:"D";a:{` + newStamps("1") + `}` + oldStamp + `}` + message + `O:"M":{}}`,
			open + `a:{s:"D";a:{` + newStamps("1", "5") + `}` + oldStamp + `}` + message + `O:"M":{}}`, []messenger.Stamp{delay(5)}},
		{"behind a gap", open + `a:{s:"D";a:{i:3;O:"D":{}}}` + message + `O:"M":{}}`,
			open + `a:{s:"D";a:{i:3;O:"D":{}i:4;` + newStamps("5")[4:] + `}}` + message + `O:"M":{}}`, []messenger.Stamp{delay(5)}},
		{"back references move", open + `a:{}` + message + `O:"M":{s:"a";O:"X":{}s:"b";r:4;s:"c";r:3;}}`,
			open + `a:{s:"D";a:{` + newStamps("5") + `}}` + message + `O:"M":{s:"a";O:"X":{}s:"b";r:7;s:"c";r:6;}}`, []messenger.Stamp{delay(5)}},
		{"message that holds its envelope", open + `a:{}` + message + `O:"M":{s:"e";r:1;s:"s";R:2;}}`,
			open + `a:{s:"D";a:{` + newStamps("5") + `}}` + message + `O:"M":{s:"e";r:1;s:"s";R:2;}}`, []messenger.Stamp{delay(5)}},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			var tree phpvalue.Tree
			if err := openEnvelope(t, c.wire).AddStamps(&tree, c.stamps...); err != nil {
				t.Fatal(err)
			}
			var e phpserialize.Encoder
			got, err := e.Append(nil, &tree)
			if want := serialized.Of(c.want); err != nil || string(got) != want {
				t.Errorf("\n got %q, %v\nwant %q", got, err, want)
			}
		})
	}
}

func TestAddStampsSaysWhatIsWrong(t *testing.T) {
	bad := messenger.Stamp{Class: "D", Properties: func(b *phpserialize.Builder) { b.Int(1) }}
	err := openEnvelope(t, open+`a:{}`+message+`O:"M":{}}`).AddStamps(&phpvalue.Tree{}, bad)
	if err == nil {
		t.Error("a property without a name was added")
	}
}

// Every recorded body of PhpSerializer is encoded again to the same bytes.
func TestRecordedBodies(t *testing.T) {
	for _, suite := range fixtures.Suites() {
		cases, err := fixtures.Load(suite)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, c := range cases {
			if c.Body != "php" || c.Serializer != "php" || len(c.Class) == 0 {
				continue
			}
			for _, stored := range [][]byte{c.Field, c.Member} {
				body := bodyOf(t, stored)
				if len(body) == 0 {
					continue
				}
				checkBody(t, suite+"/"+c.Name, body)
				n++
			}
		}
		if n < 100 {
			t.Errorf("%s: only %d bodies", suite, n)
		}
	}
}
