//go:build integration

package phpserialize_test

import (
	"encoding/base64"
	"errors"
	"math"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"envelog/decoder/phpserialize"
	"envelog/internal/phptest"
	"envelog/phpvalue"
)

// phpClasses are what the values below are made of.
const phpClasses = `
error_reporting(E_ALL & ~E_DEPRECATED);
enum Suit: string { case Hearts = "h"; case Spades = "s"; }
class Base { private $x = "base"; protected $y = 1; public $z; }
class Sub extends Base { private $x = "sub"; public readonly int $unset; public ?object $o = null; }
class Magic { public $v; function __serialize(): array { return ["v" => $this->v, 7 => "seven"]; } function __unserialize(array $d): void { $this->v = $d["v"] ?? null; } }
class Old implements Serializable { public $d; function __construct($d = null) { $this->d = $d; }
	function serialize() { return serialize($this->d); } function unserialize($s) { $this->d = unserialize($s); } }
`

// phpValues makes many values of all kinds at random, which share objects and references.
const phpValues = phpClasses + `
mt_srand(5);
$shared = [];
function leaf() {
	switch (mt_rand(0, 9)) {
		case 0: return null;
		case 1: return (bool) mt_rand(0, 1);
		case 2: return mt_rand() - mt_getrandmax() / 2 | 0;
		case 3: return [INF, -INF, NAN, -0.0, 1e100, 0.1, 1e17, PHP_FLOAT_MIN, 5e-324][mt_rand(0, 8)];
		case 4: return mt_rand() / 7 * 10 ** mt_rand(-20, 20);
		case 5: return random_bytes(mt_rand(1, 20));
		case 6: return Suit::cases()[mt_rand(0, 1)];
		case 7: return new DateTimeImmutable("@".mt_rand(), new DateTimeZone("Europe/Paris"));
		case 8: return "a\"b';}\0\\";
		default: return mt_rand(0, 1) ? PHP_INT_MAX : PHP_INT_MIN;
	}
}
function value(int $depth) {
	global $shared;
	if ($depth === 0 || mt_rand(0, 3) === 0) {
		return leaf();
	}
	if ($shared && mt_rand(0, 3) === 0) {
		return $shared[array_rand($shared)];
	}
	switch (mt_rand(0, 6)) {
		case 0: $o = new stdClass; $shared[] = $o; foreach (range(0, mt_rand(0, 4)) as $i) { $o->{"p$i"} = value($depth - 1); } return $o;
		case 1: $o = new Sub; $shared[] = $o; $o->z = value($depth - 1); $o->o = $o; return $o;
		case 2: $o = new Magic; $shared[] = $o; $o->v = value($depth - 1); return $o;
		case 3: $v = value($depth - 1); $a = [1, &$v, value($depth - 1)]; $a[] = &$v; $a["x"] = &$a[0]; return $a;
		case 4: $o = new ArrayObject([value($depth - 1)]); $shared[] = $o; return $o;
		default: $a = []; foreach (range(0, mt_rand(0, 5)) as $i) { $a[mt_rand(0, 2) ? $i : random_bytes(3)] = value($depth - 1); } return $a;
	}
}
`

func TestPHPValuesAreEncodedToTheSameBytes(t *testing.T) {
	lines := phptest.Lines(t, phpValues+`
		for ($i = 0; $i < 3000; $i++) { $shared = []; echo base64_encode(serialize(value(6))), "\n"; }
		$p = new stdClass;
		foreach ([new Old(5), [$p, new Old([$p, $q = new stdClass, $q]), $q, $p, new Old("x"), [new Old([])], $r = new stdClass, $r]] as $v) {
			echo base64_encode(serialize($v)), "\n";
		}`, "")
	if len(lines) < 3000 {
		t.Fatalf("php printed %d values", len(lines))
	}
	var e phpserialize.Encoder
	for _, line := range lines {
		wire := phptest.Bytes(t, line)
		if got, err := e.Append(nil, parse(t, wire)); err != nil || string(got) != wire {
			t.Fatalf("\n got %q, %v\nwant %q", got, err, wire)
		}
	}
}

// A value with shared objects and references gets a neighbour in front, and a part of another value loses its front:
// for PHP it is the same value.
func TestPHPReadsWhatWasBuilt(t *testing.T) {
	lines := phptest.Lines(t, phpValues+`
		for ($i = 0; $i < 1000; $i++) { $shared = []; echo base64_encode(serialize([value(4), value(5)])), "\n"; }`, "")
	var e phpserialize.Encoder
	var input strings.Builder
	for _, line := range lines {
		wire := phptest.Bytes(t, line)
		pair := parse(t, wire).Root()
		elements := pair.Children()
		elements.Next()
		first := elements.Value()
		elements.Next()
		second := elements.Value()
		var shifted, cut phpvalue.Tree
		b := phpserialize.NewBuilder(&shifted)
		b.OpenArray()
		b.Index(0)
		b.OpenObject("stdClass")
		b.Name("a")
		b.Copy(second)
		b.Close()
		b.Index(1)
		b.Copy(first)
		b.Index(2)
		b.Copy(second)
		b.Close()
		if err := b.Finish(); err != nil {
			t.Fatal(err)
		}
		c := phpserialize.NewBuilder(&cut)
		c.Copy(second)
		if err := c.Finish(); err != nil {
			t.Fatal(err)
		}
		input.WriteString(line)
		for _, tree := range []*phpvalue.Tree{&shifted, &cut} {
			built, err := e.Append(nil, tree)
			if err != nil {
				t.Fatal(err)
			}
			input.WriteString(" " + base64.StdEncoding.EncodeToString(built))
		}
		input.WriteString("\n")
	}
	verdicts := phptest.Lines(t, phpClasses+`
		while ($line = fgets(STDIN)) {
			[$wire, $shifted, $cut] = array_map(fn ($s) => unserialize(base64_decode($s)), explode(" ", trim($line)));
			$dump = fn ($v) => print_r($v, true);
			echo $dump($wire[0]) === $dump($shifted[1]) && $dump($wire[1]) === $dump($shifted[2]) && $dump($wire[1]) === $dump($cut)
				&& $dump($wire[1]) === $dump($shifted[0]->a) ? "same\n" : "differs ".trim($line)."\n";
		}`, input.String())
	for i, verdict := range verdicts {
		if verdict != "same" {
			t.Fatalf("value %d: %s", i, verdict)
		}
	}
	if len(verdicts) != len(lines) {
		t.Fatalf("php compared %d of %d values", len(verdicts), len(lines))
	}
}

func TestAppendFloatSpellsLikePHP(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	floats := []float64{1e15, 1e16, 1e17, 1e18, 1e-4, 1e-5, 9.9e-5, 999999999999999999, 123456789.123456789}
	for range 20000 {
		floats = append(floats, math.Float64frombits(random.Uint64()), random.NormFloat64()*1e6, float64(random.Int64()))
	}
	var input, want strings.Builder
	for _, f := range floats {
		bits := math.Float64bits(f)
		if math.IsNaN(f) {
			bits = math.Float64bits(math.NaN())
		}
		var raw [8]byte
		for i := range raw {
			raw[i] = byte(bits >> (8 * i))
		}
		input.WriteString(base64.StdEncoding.EncodeToString(raw[:]) + "\n")
		want.WriteString("d:" + string(phpserialize.AppendFloat(nil, f)) + ";\n")
	}
	lines := phptest.Lines(t, `while ($line = fgets(STDIN)) { echo serialize(unpack("e", base64_decode($line))[1]), "\n"; }`, input.String())
	for i, line := range strings.Split(strings.TrimSpace(want.String()), "\n") {
		if lines[i] != line {
			t.Fatalf("%v: PHP spells %s, AppendFloat %s", floats[i], lines[i], line)
		}
	}
}

// What PHP reads without a warning is read, and what it refuses is refused. Exceptions: a count of properties or bytes
// without digits, which PHP takes for 0; and back references in containers with duplicate keys, where PHP has thrown
// the target away.
func TestParseAcceptsWhatPHPAccepts(t *testing.T) {
	var wires []string
	for _, c := range append(values[:len(values):len(values)], lenient...) {
		wires = append(wires, c.wire)
		if strings.Contains(c.name, "payload") || strings.HasSuffix(c.name, "Serializable that serializes") {
			continue // the class complains, not the reader
		}
		for n := range len(c.wire) {
			for _, replacement := range []string{"", "0", "1", "-", "+", ":", ";", "{", "}", "\"", "x", "\x00", "i:0;"} {
				wires = append(wires, c.wire[:n]+replacement+c.wire[n+1:])
			}
		}
	}
	var input strings.Builder
	for _, wire := range wires {
		input.WriteString(base64.StdEncoding.EncodeToString([]byte(wire)) + "\n")
	}
	// Classes that are not there are no concern of the syntax.
	lines := phptest.Lines(t, phpClasses+`
		class A {} class S extends Old {} class SerOld extends Old { function unserialize($s) { $this->d = $s; } }
		while (($line = fgets(STDIN)) !== false) {
			$wire = base64_decode($line); $verdict = "yes";
			set_error_handler(function ($no, $text) use (&$verdict) {
				if (preg_match("/Class .* (not found|no unserializer)|Undefined constant|not an enum/", $text)) { $verdict = "unknown"; }
				if ($verdict === "yes" && !str_contains($text, "dynamic property")) { $verdict = "no"; }
			});
			try { unserialize($wire); } catch (Throwable $e) { $verdict = "unknown"; }
			restore_error_handler();
			echo $verdict, "\n";
		}`, input.String())
	p := newParser(t, phpserialize.Limits{})
	noDigits := regexp.MustCompile(`[OC]:\d+:"[^"]+":[-+]?:`)
	for i, wire := range wires {
		if noDigits.MatchString(wire) {
			continue
		}
		tree, err := parseFront(p, wire)
		if err == nil && strings.ContainsAny(wire, "rR") && hasDuplicateKeys(tree.Root()) {
			continue
		}
		if accepted := err == nil; lines[i] != "unknown" && accepted != (lines[i] == "yes") {
			t.Errorf("PHP accepts %q: %s; Parse: %v", wire, lines[i], err)
		}
	}
}

// parseFront parses wire, or the value at its front: PHP says nothing about bytes behind a value before 8.3.
func parseFront(p *phpserialize.Parser, wire string) (*phpvalue.Tree, error) {
	tree := &phpvalue.Tree{Text: []byte(wire)}
	err := p.Parse(tree)
	var e *phpserialize.Error
	if !errors.As(err, &e) {
		return tree, err
	}
	tree.Text = []byte(wire[:e.Offset])
	if p.Parse(tree) == nil {
		return tree, nil
	}
	return tree, err
}

func hasDuplicateKeys(v phpvalue.Value) bool {
	seen := map[string]bool{}
	for it := v.Children(); it.Next(); {
		c := it.Value()
		key := strconv.FormatInt(int64(c.Node().Key), 10)
		if c.KeyKind() == phpvalue.TextKey {
			key = "text " + string(c.TextKey())
		}
		if seen[key] || hasDuplicateKeys(c) {
			return true
		}
		seen[key] = true
	}
	return false
}

// PHP's own collections were C: objects before PHP 7.4, which Symfony 5.4 may run on; their payloads are made here by their
// own methods. A back reference after one of them leads where it leads in PHP, whatever number it has. No payload has one of
// its own: their numbers would be those of a value that begins with the collection.
func TestSlotsOfCollectionPayloads(t *testing.T) {
	lines := phptest.Lines(t, phpClasses+`
		class Bag extends ArrayObject { public $p = [1]; private $q; }
		$object = new Base(); $list = new SplDoublyLinkedList(); $queue = new SplQueue(); $storage = new SplObjectStorage();
		foreach ([1, [2, [3]], $object, "a;m:a:0:{}", null] as $v) { $list[] = $v; $queue[] = $v; }
		$storage[$object] = ["data" => [1, 2]]; $storage[new Base()] = null; $storage[new Sub()] = new Base();
		$itself = new ArrayObject(); $itself->own = [1]; $itself->exchangeArray($itself);
		$over = new ArrayObject(new Base()); $over->own = $object;
		$collections = [new ArrayObject(), new ArrayObject([1, [2, $object], "x;m:"]), new ArrayIterator(["k" => $object, "l" => [1]]), new Bag([1, 2]), $itself, $over,
			new ArrayObject(new ArrayObject([1])), $storage, new SplObjectStorage(), $list, $queue, new SplStack(), new RecursiveArrayIterator([[1]])];
		foreach ($collections as $c) {
			$payload = $c->serialize();
			for ($slot = 1; $slot < 40; $slot++) {
				$wire = "a:4:{i:0;O:8:\"stdClass\":0:{}i:1;C:".strlen($c::class).":\"".$c::class."\":".strlen($payload).":{".$payload."}i:2;O:8:\"stdClass\":0:{}i:3;r:$slot;}";
				$v = @unserialize($wire);
				$where = match (true) { !is_array($v) => "refused", $v[3] === $v[0] => "before", $v[3] === $v[1] => "collection", $v[3] === $v[2] => "behind", default => "inside" };
				echo base64_encode($wire), " ", $where, " ", $c::class, "\n";
			}
		}`, "")
	behind := 0
	for _, line := range lines {
		wire, rest, _ := strings.Cut(line, " ")
		where, class, _ := strings.Cut(rest, " ")
		if where == "behind" {
			behind++
		}
		if got := whereLast(t, phptest.Bytes(t, wire)); got != where && !(got == "inside" && where == "refused") {
			t.Errorf("%s: leads %s, in PHP %s: %q", class, got, where, phptest.Bytes(t, wire))
		}
	}
	if behind != 13 {
		t.Errorf("%d of 13 payloads had a reference to what is behind them", behind)
	}
}

// whereLast tells where the fourth element of a list refers to.
func whereLast(t *testing.T, wire string) string {
	t.Helper()
	tree := phpvalue.Tree{Text: []byte(wire)}
	if newParser(t, phpserialize.Limits{}).Parse(&tree) != nil {
		return "refused"
	}
	var elements []phpvalue.Value
	for it := tree.Root().Children(); it.Next(); {
		elements = append(elements, it.Value())
	}
	switch elements[3].Resolve().Index() {
	case elements[0].Index():
		return "before"
	case elements[1].Index():
		return "collection"
	case elements[2].Index():
		return "behind"
	}
	return "inside"
}
