package format

import (
	"encoding/binary"
	"strings"
	"testing"

	"envelog/internal/serialized"
	"envelog/phpvalue"
	"envelog/record"
)

const fuzzedLineBytes = 16 << 10

// FuzzSerialized prints what PHP may have serialized. Every format makes one line that its reader can read, within the
// bounds; what keyvalue prints reads back as what was in the record.
func FuzzSerialized(f *testing.F) {
	for _, s := range samples {
		f.Add([]byte("message"), []byte("app"), []byte(serialized.Of(strings.ReplaceAll(s.context, "~", "\x00"))))
	}
	f.Add([]byte("a key=value\n%context.k% %level%"), []byte("a:b c"), []byte(serialized.Of(in(`s:"%";`))))
	printers := formatters(f, fuzzedLineBytes)
	f.Fuzz(func(t *testing.T, message, channel, context []byte) {
		v, err := tryParse(context)
		if err != nil {
			return
		}
		r := &record.Record{Channel: channel, Level: record.Error, Message: message, Context: v, Extra: v, Time: at}
		checkAll(t, printers, r)
		if line := string(printers["keyvalue"].Append(nil, r)); !strings.Contains(line, "bytes, aborting normalization") {
			checkKeyValue(t, line, asArrays(r))
		}
	})
}

// asArrays returns r without a context or extra that is no array.
func asArrays(r *record.Record) *record.Record {
	if r.Context.Resolve().Kind() == phpvalue.Array {
		return r
	}
	return &record.Record{Channel: r.Channel, Level: r.Level, Message: r.Message, Time: r.Time}
}

// FuzzTree prints trees that no parser makes: references to anywhere, any keys in any container.
func FuzzTree(f *testing.F) {
	f.Add([]byte("message"), []byte("\x06\x01\x0a\x00\x07\x02\x00"))
	f.Add([]byte("m"), []byte("\x06\x00\x06\x00\x0b\x01\x0b\x00\x06\x01\x05k"))
	f.Add([]byte("m"), []byte("\x06\x00\x07\x0d\x05\x10\x05\x11\x04\x12\x00\x09\x05\x08\x05"))
	printers := formatters(f, fuzzedLineBytes)
	f.Fuzz(func(t *testing.T, message, plan []byte) {
		b := treeBuilder{plan: plan}
		b.value(0)
		b.aimReferences()
		r := &record.Record{Channel: message, Level: record.Debug, Message: message, Context: b.tree.Root(), Extra: b.tree.Root(), Time: at}
		checkAll(t, printers, r)
	})
}

func checkAll(t *testing.T, printers map[string]Formatter, r *record.Record) {
	t.Helper()
	for name, printer := range printers {
		line := printer.Append(nil, r)
		checkLine(t, name, line)
		if len(line) > fuzzedLineBytes {
			t.Errorf("%s: %d bytes", name, len(line))
		}
		setPlain(r.Context.Tree(), true)
		if known := printer.Append(make([]byte, 0, fuzzedLineBytes), r); string(known) != string(line) {
			t.Errorf("%s: what is known of strings changes the line:\n got %q\nwant %q", name, known, line)
		}
		setPlain(r.Context.Tree(), false)
	}
}

// setPlain notes, or forgets, in each node of t what is known of its strings, as the parser of stored fields does.
func setPlain(t *phpvalue.Tree, known bool) {
	if t == nil {
		return
	}
	for i := range t.Nodes {
		v := t.At(i)
		plain := phpvalue.Plain(0)
		if known && v.Kind() == phpvalue.String {
			plain = knownOf(v.Text())
		}
		if known && v.KeyKind() == phpvalue.TextKey && knownOf(v.TextKey())&phpvalue.PlainText != 0 {
			plain |= phpvalue.PlainKey
			if isBare(v.TextKey()) {
				plain |= phpvalue.BareKey
			}
		}
		v.Node().Plain = plain
	}
}

func knownOf(text []byte) phpvalue.Plain {
	known := phpvalue.PlainText | phpvalue.CleanText
	for _, r := range string(text) {
		switch {
		case r == '"' || r == '\\' || r >= 0xa0 && r <= 0xff && r != 0xad:
			known &= phpvalue.CleanText
		case r < ' ' || r >= 0x7f:
			return 0
		}
	}
	return known
}

// treeBuilder makes a tree of a plan: two bytes a value.
type treeBuilder struct {
	plan []byte
	tree phpvalue.Tree
}

func (b *treeBuilder) next() byte {
	if len(b.plan) == 0 {
		return 0
	}
	c := b.plan[0]
	b.plan = b.plan[1:]
	return c
}

func (b *treeBuilder) value(depth int) {
	kind, arg := phpvalue.Kind(b.next()%uint8(phpvalue.Reference+1)), b.next()
	index := len(b.tree.Nodes)
	n := phpvalue.Node{Kind: kind, Num: int64(arg), List: arg%2 == 0, Text: b.tree.AddText([]byte(names()[int(arg)%len(names())]))}
	if depth > 0 {
		n.KeyKind = phpvalue.IntKey + phpvalue.KeyKind(arg%2)
		n.Key = uint64(arg % 4)
		if n.KeyKind == phpvalue.TextKey {
			n.Key = uint64(b.tree.AddText([]byte(names()[int(b.next())%len(names())])))
		}
	}
	if kind == phpvalue.Float {
		n.Num = int64(binary.LittleEndian.Uint64(append([]byte{arg, b.next(), b.next(), b.next()}, "\x00\x00\x00\x40"...)))
	}
	b.tree.Nodes = append(b.tree.Nodes, n)
	count := 0
	if kind == phpvalue.Array || kind == phpvalue.Object || kind == phpvalue.Custom {
		for ; count < int(arg%8) && depth < 20 && len(b.plan) > 0; count++ {
			b.value(depth + 1)
		}
		b.tree.Nodes[index].Num = int64(count)
	}
	b.tree.Nodes[index].End = uint32(len(b.tree.Nodes))
}

// names returns keys, classes and texts that mean something to a formatter, or need care.
func names() []string {
	return []string{"", "a", "a b", "extra.a", "0", "5", "null", "=", "\"\\", "\n", "\x1b\x7f", "caf\xe9", "\u0085\u2028é",
		"date", "timezone_type", "timezone", "2020-01-01 10:00:00.500000", "Europe/Paris", "Class:Case", "ts", "%context%",
		"\x00*\x00message", "\x00*\x00code", "\x00Exception\x00previous", "\x00Error\x00trace", "\x00Monolog\\JsonSerializableDateTimeImmutable\x00useMicroseconds",
		"SplFixedArray", "SplObjectStorage", "SplQueue", `Symfony\Component\Uid\Uuid`, "\x00*\x00uid", `GuzzleHttp\Psr7\Uri`, "\x00GuzzleHttp\\Psr7\\Uri\x00path",
		violationClass, violationPrivate + "message", violationPrivate + "root", violationPrivate + "code", `Symfony\Component\Validator\ConstraintViolationList`,
		violationsProperty, `Symfony\Component\ErrorHandler\Exception\SilencedErrorContext`, "\x00Exception\x00trace", "file", "args", "+02:00", "{", "...", strings.Repeat("long", 100)}
}

// aimReferences makes the targets of references nodes of the tree, as the parser sees to.
func (b *treeBuilder) aimReferences() {
	for i := range b.tree.Nodes {
		if n := &b.tree.Nodes[i]; n.Kind == phpvalue.SameObject || n.Kind == phpvalue.Reference {
			n.Num = int64(int(n.Num) % len(b.tree.Nodes))
		}
	}
}
