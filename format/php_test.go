//go:build integration || compat

package format

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"envelog/decoder/phpserialize"
	"envelog/internal/phpdate"
	"envelog/internal/phptest"
	"envelog/phpvalue"
	"envelog/record"
)

const jsonOfHex = `while (($line = fgets(STDIN)) !== false) {
	echo json_encode(hex2bin(trim($line)), JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_INVALID_UTF8_SUBSTITUTE), "\n";
}`

// TestEscapeAsPHP compares random bytes, most of them such as break UTF-8, with json_encode().
func TestEscapeAsPHP(t *testing.T) {
	random := rand.New(rand.NewPCG(10, 2))
	tricky := []byte("\x00\x1f\n\"\\/a\x7f\x80\xa8\xa9\xbf\xc0\xc1\xc2\xc3\xdf\xe0\xe2\xed\xef\xf0\xf4\xf5\xff")
	input := make([]string, 50_000)
	for i := range input {
		s := make([]byte, random.IntN(24))
		for j := range s {
			s[j] = tricky[random.IntN(len(tricky))]
			if random.IntN(4) == 0 {
				s[j] = byte(random.IntN(256))
			}
		}
		input[i] = hex.EncodeToString(s)
	}
	for i, want := range phptest.Answers(t, jsonOfHex, input) {
		s, _ := hex.DecodeString(input[i])
		if got := appendQuoted(nil, s, asPHP); !bytes.Equal(got, []byte(want)) {
			t.Fatalf("%q: got %q, PHP has %q", s, got, want)
		}
	}
}

const spellingsOfFloats = `while (($line = fgets(STDIN)) !== false) {
	$float = unpack('E', hex2bin(trim($line)))[1];
	echo json_encode($float, JSON_PRESERVE_ZERO_FRACTION), ' ', $float, "\n";
}`

// TestFloatsAsPHP compares random floats of every size with json_encode() and the cast to string.
func TestFloatsAsPHP(t *testing.T) {
	random := rand.New(rand.NewPCG(6, 1))
	floats := []float64{0, math.Copysign(0, -1), 1, 0.1, 0.30000000000000004, 1e14, 1e15, 1e16, 1e17, 1e18, 1e25, 1e100, 5e-324, math.MaxFloat64,
		0.001, 0.0001, 0.00001, 99999999999999.95, 999999999999999.5, 0.000099999999999999999, 123456789012345678, 1.0 / 3, 99999999999999984}
	for range 20_000 {
		floats = append(floats,
			math.Float64frombits(random.Uint64()),
			math.Round(random.NormFloat64()*1e6)/1000,
			random.Float64()*math.Pow(10, float64(random.IntN(40)-20)),
			math.Trunc(random.Float64()*math.Pow(10, float64(random.IntN(20)))))
	}
	// Where the cast rounds half-way, at a 5 in the fifteenth and last digit, zend_dtoa() leaves zeros at the end of some.
	halfWay := func(f float64) bool {
		return math.Abs(f) >= 1e14 && math.Abs(f) < 1e15 && math.Mod(f, 10) == math.Copysign(5, f)
	}
	floats = slices.DeleteFunc(floats, func(f float64) bool { return !isFinite(f) || halfWay(f) })
	input := make([]string, len(floats))
	for i, f := range floats {
		input[i] = fmt.Sprintf("%016x", math.Float64bits(f))
	}
	for i, want := range phptest.Answers(t, spellingsOfFloats, input) {
		f := floats[i]
		got := string(appendJSONFloat(nil, f)) + " " + string(appendCastFloat(nil, f))
		if got != want {
			t.Errorf("%g: got %s, PHP has %s", f, got, want)
		}
	}
}

const formattedDates = `while (($line = fgets(STDIN)) !== false) {
	[$unix, $zone] = explode(' ', trim($line));
	$date = DateTimeImmutable::createFromFormat('U.u', $unix)->setTimezone(new DateTimeZone($zone));
	echo $date->format(FORMAT), "\n";
}`

// everyLetter has each letter of PHP's date(), letters without a meaning, and escapes.
const everyLetter = `d D j l N S w z|W F m M n t L o Y y|a A B g G h H i s u v|e I O P p T Z|c|r|U|x X|Q J \d\\ é`

// TestDatesAsPHP compares random dates in zones of each kind with DateTimeImmutable::format().
func TestDatesAsPHP(t *testing.T) {
	layout, err := compileDate(everyLetter)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"UTC", "Europe/Paris", "Europe/London", "America/New_York", "Asia/Kolkata", "Europe/Istanbul", "Africa/Monrovia",
		"+02:00", "-03:30", "+00:00", "EST", "EDT", "CEST", "Z"}
	random := rand.New(rand.NewPCG(8, 4))
	var zones phpdate.Zones
	var input []string
	var times []time.Time
	for range 20_000 {
		name := names[random.IntN(len(names))]
		location, err := zones.Location(kindOf(name), []byte(name))
		if err != nil {
			t.Fatal(err)
		}
		at := time.Unix(random.Int64N(8e9)-3e9, random.Int64N(1e6)*1000).In(location)
		if random.IntN(100) == 0 {
			at = at.AddDate(random.IntN(20_000)-10_000, 0, 0)
		}
		times = append(times, at)
		input = append(input, fmt.Sprintf("%d.%06d %s", at.Unix(), at.Nanosecond()/1000, name))
	}
	code := strings.Replace(formattedDates, "FORMAT", "'"+strings.ReplaceAll(everyLetter, `\`, `\\`)+"'", 1)
	for i, want := range phptest.Answers(t, code, input) {
		if got := string(layout.append(nil, times[i])); got != want {
			t.Errorf("%s:\n got %s\nwant %s", input[i], got, want)
		}
	}
}

func kindOf(name string) phpdate.ZoneKind {
	switch {
	case name[0] == '+' || name[0] == '-':
		return phpdate.KindOffset
	case name == "UTC" || strings.Contains(name, "/"):
		return phpdate.KindIdentifier
	}
	return phpdate.KindAbbreviation
}

// lineFormatterOfPHP prints with the Monolog of php-monolog's package. Monolog 2 replaces placeholders as Monolog 3 does.
const lineFormatterOfPHP = `require '/usr/share/php/Monolog/autoload.php';
while (($line = fgets(STDIN)) !== false) {
	$r = json_decode($line, true);
	$date = new DateTimeImmutable('2024-01-02 03:04:05', new DateTimeZone('UTC'));
	$record = ['message' => $r['message'], 'context' => $r['context'], 'level' => 200, 'level_name' => 'INFO', 'channel' => $r['channel'], 'datetime' => $date, 'extra' => $r['extra']];
	if (Monolog\Logger::API > 2) {
		$record = new Monolog\LogRecord($date, $r['channel'], Monolog\Level::Info, $r['message'], $r['context'], $r['extra']);
	}
	echo json_encode((new Monolog\Formatter\LineFormatter($r['format']."\n", 'Y', $r['inline'], $r['ignore']))->format($record)), "\n";
}`

// keepsBreaksInLists reports whether PHP's Monolog is 3: before, allowInlineLineBreaks left the breaks in a list alone.
func keepsBreaksInLists(t *testing.T) bool {
	t.Helper()
	return phptest.Answers(t, `require '/usr/share/php/Monolog/autoload.php'; echo Monolog\Logger::API, "\n";`, []string{""})[0] == "3"
}

// TestPlaceholdersAsPHP compares records and line formats made of placeholders and pieces of them with LineFormatter.
func TestPlaceholdersAsPHP(t *testing.T) {
	random := rand.New(rand.NewPCG(10, 3))
	hasInline := keepsBreaksInLists(t)
	pieces := []string{"%message%", "%context%", "%level%", "%level_name%", "%channel%", "%datetime%", "%extra%", "%context.a%", "%context.b%",
		"%extra.a%", "%context.0%", "%context.none%", "%", "%context.", "%extra.", "context%", "level%", "message", " ", "|", "a", "100% "}
	breaks := []string{"\r\n", "\n", "\r", `\n`, `\\r`, "{", "[", "\\\n"}
	text := func(most int) string {
		var b strings.Builder
		for range random.IntN(most) {
			b.WriteString(pieces[random.IntN(len(pieces))])
		}
		return b.String()
	}
	elements := func() map[string]any {
		m := map[string]any{}
		for _, key := range []string{"a", "b", "0"} {
			if random.IntN(2) == 0 {
				m[key] = breaks[random.IntN(len(breaks))] + text(3) + breaks[random.IntN(len(breaks))]
			}
		}
		return m
	}
	var input []string
	var records []map[string]any
	for range 20_000 {
		r := map[string]any{"format": text(8) + ".", "message": breaks[random.IntN(len(breaks))] + text(6), "channel": text(3), "context": elements(), "extra": elements(),
			"inline": hasInline && random.IntN(2) == 0, "ignore": random.IntN(2) == 0}
		encoded, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		records, input = append(records, r), append(input, string(encoded))
	}
	for i, want := range phptest.Answers(t, lineFormatterOfPHP, input) {
		r := records[i]
		f := mustNew(t, "line", Options{LineFormat: r["format"].(string), DateFormat: "Y",
			Line: LineOptions{InlineLineBreaks: r["inline"].(bool), IgnoreEmpty: r["ignore"].(bool)}})
		got := f.Append(nil, &record.Record{Channel: []byte(r["channel"].(string)), Level: record.Info, Message: []byte(r["message"].(string)),
			Context: contextOf(t, r["context"].(map[string]any)), Extra: contextOf(t, r["extra"].(map[string]any)), Time: at})
		var line string
		if err := json.Unmarshal([]byte(want), &line); err != nil {
			t.Fatal(err)
		}
		if string(got) != line {
			t.Fatalf("%s\n got %q\nwant %q", input[i], got, line)
		}
	}
}

// contextOf returns m as a PHP array, in the order in which json.Marshal writes it.
func contextOf(t *testing.T, m map[string]any) phpvalue.Value {
	t.Helper()
	var tree phpvalue.Tree
	b := phpserialize.NewBuilder(&tree)
	b.OpenArray()
	for _, key := range slices.Sorted(maps.Keys(m)) {
		if key == "0" {
			b.Index(0)
		} else {
			b.Name(key)
		}
		b.String([]byte(m[key].(string)))
	}
	b.Close()
	if err := b.Finish(); err != nil {
		t.Fatal(err)
	}
	return tree.Root()
}
