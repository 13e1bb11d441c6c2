package messenger_test

import (
	"errors"
	"strings"
	"testing"

	"envelog/decoder/messenger"
	"envelog/decoder/phpserialize"
	"envelog/fixtures"
	"envelog/phpvalue"
)

const (
	open    = "O:36:\"Symfony\\Component\\Messenger\\Envelope\":2:{s:44:\"\x00Symfony\\Component\\Messenger\\Envelope\x00stamps\";"
	message = "s:45:\"\x00Symfony\\Component\\Messenger\\Envelope\x00message\";"
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
	e, err := messenger.Open(parse(t, wire).Root())
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestOpen(t *testing.T) {
	e := openEnvelope(t, open+`a:1:{s:1:"S";a:2:{i:0;O:1:"S":1:{s:1:"n";i:1;}i:1;O:1:"S":1:{s:1:"n";i:2;}}}`+message+`O:1:"M":0:{}}`)
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
	e := openEnvelope(t, open+`a:1:{s:1:"S";a:1:{i:0;O:1:"S":1:{s:1:"r";O:1:"M":0:{}}}}`+message+`r:5;}`)
	if got := string(e.Message().Text()); got != "M" {
		t.Errorf("Message is of class %s", got)
	}
}

func TestOpenRefuses(t *testing.T) {
	tests := []struct{ name, wire, says string }{
		{"another object", `O:8:"stdClass":0:{}`, "stdClass"},
		{"an array", `a:0:{}`, "an array of 0 elements"},
		{"a string", `s:1:"x";`, "a scalar"},
		{"null", `N;`, "null"},
		{"no stamps", open[:strings.Index(open, ":2:{")] + ":1:{" + message + `O:1:"M":0:{}}`, "stamps are missing"},
		{"stamps of another type", open + `i:1;` + message + `O:1:"M":0:{}}`, "stamps are"},
		{"no message", strings.Replace(open, ":2:{", ":1:{", 1) + `a:0:{}}`, "message is missing"},
		{"message that is a string", open + `a:0:{}` + message + `s:1:"x";}`, "message is"},
		{"int keys", `O:36:"Symfony\Component\Messenger\Envelope":2:{i:0;a:0:{}i:-1;O:1:"M":0:{}}`, "missing"},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			_, err := messenger.Open(parse(t, c.wire).Root())
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
	const oldStamp = `s:1:"B";a:1:{i:0;O:1:"B":0:{}}`
	newStamps := func(ms ...string) string {
		s := ""
		for i, n := range ms {
			s += "i:" + string(rune('0'+i)) + ";O:1:\"D\":1:{s:8:\"\x00D\x00delay\";i:" + n + ";}"
		}
		return s
	}
	tests := []struct {
		name, wire, want string
		stamps           []messenger.Stamp
	}{
		{"first", open + `a:0:{}` + message + `O:1:"M":0:{}}`,
			open + `a:1:{s:1:"D";a:1:{` + newStamps("5") + `}}` + message + `O:1:"M":0:{}}`, []messenger.Stamp{delay(5)}},
		{"none", open + `a:0:{}` + message + `O:1:"M":0:{}}`, open + `a:0:{}` + message + `O:1:"M":0:{}}`, nil},
		{"behind others", open + `a:1:{` + oldStamp + `}` + message + `O:1:"M":0:{}}`,
			open + `a:2:{` + oldStamp + `s:1:"D";a:2:{` + newStamps("5", "7") + `}}` + message + `O:1:"M":0:{}}`, []messenger.Stamp{delay(5), delay(7)}},
		{"of a class that is there", open + `a:2:{s:1:"D";a:1:{` + newStamps("1") + `}` + oldStamp + `}` + message + `O:1:"M":0:{}}`,
			open + `a:2:{s:1:"D";a:2:{` + newStamps("1", "5") + `}` + oldStamp + `}` + message + `O:1:"M":0:{}}`, []messenger.Stamp{delay(5)}},
		{"behind a gap", open + `a:1:{s:1:"D";a:1:{i:3;O:1:"D":0:{}}}` + message + `O:1:"M":0:{}}`,
			open + `a:1:{s:1:"D";a:2:{i:3;O:1:"D":0:{}i:4;` + newStamps("5")[4:] + `}}` + message + `O:1:"M":0:{}}`, []messenger.Stamp{delay(5)}},
		{"back references move", open + `a:0:{}` + message + `O:1:"M":3:{s:1:"a";O:1:"X":0:{}s:1:"b";r:4;s:1:"c";r:3;}}`,
			open + `a:1:{s:1:"D";a:1:{` + newStamps("5") + `}}` + message + `O:1:"M":3:{s:1:"a";O:1:"X":0:{}s:1:"b";r:7;s:1:"c";r:6;}}`, []messenger.Stamp{delay(5)}},
		{"message that holds its envelope", open + `a:0:{}` + message + `O:1:"M":2:{s:1:"e";r:1;s:1:"s";R:2;}}`,
			open + `a:1:{s:1:"D";a:1:{` + newStamps("5") + `}}` + message + `O:1:"M":2:{s:1:"e";r:1;s:1:"s";R:2;}}`, []messenger.Stamp{delay(5)}},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			var tree phpvalue.Tree
			if err := openEnvelope(t, c.wire).AddStamps(&tree, c.stamps...); err != nil {
				t.Fatal(err)
			}
			var e phpserialize.Encoder
			got, err := e.Append(nil, &tree)
			if err != nil || string(got) != c.want {
				t.Errorf("\n got %q, %v\nwant %q", got, err, c.want)
			}
		})
	}
}

func TestAddStampsSaysWhatIsWrong(t *testing.T) {
	bad := messenger.Stamp{Class: "D", Properties: func(b *phpserialize.Builder) { b.Int(1) }}
	err := openEnvelope(t, open+`a:0:{}`+message+`O:1:"M":0:{}}`).AddStamps(&phpvalue.Tree{}, bad)
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
