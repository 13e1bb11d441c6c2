//go:build integration || compat

package format

import (
	"encoding/hex"
	"regexp"
	"strings"
	"testing"
	"time"

	"envelog/decoder/phpserialize"
	"envelog/internal/phptest"
	"envelog/phpvalue"
	"envelog/record"
)

// jsonWithOptions serializes each context, and prints it as the application's process would: after unserialize(), with a
// JsonFormatter that ignores what is empty and includes stack traces.
const jsonWithOptions = `
require 'Monolog/autoload.php';
$formatter = new Monolog\Formatter\JsonFormatter(Monolog\Formatter\JsonFormatter::BATCH_MODE_JSON, true, true, true);
function thrown(int $depth, ?Throwable $before = null): Throwable { return $depth > 0 ? thrown($depth - 1, $before) : new LogicException("q\"\n", 3, $before); }
class Caller { public function __invoke() { throw new DomainException('x'); } public static function fail() { throw new DomainException('x'); } public function run(callable $f) { return array_map($f, [1]); } }
function caught(callable $f): Throwable { try { array_map($f, [1]); } catch (Throwable $e) { return $e; } }
function context(string $name): array {
	return match ($name) {
		'none' => [],
		'plain' => ['a' => 1],
		'top' => ['exception' => new RuntimeException('top')],
		'deep' => ['exception' => thrown(3)],
		'previous' => ['exception' => thrown(1, thrown(2, new Error('first'))), 'after' => true],
		'internal' => ['exception' => (static function () { try { array_map('thrown', [2]); array_map(static fn () => throw new DomainException('x'), [1]); } catch (Throwable $e) { return $e; } })()],
		'methods' => ['a' => caught(new Caller), 'b' => caught([Caller::class, 'fail']), 'c' => caught('Caller::fail')],
		'closures' => ['a' => caught(static fn () => throw new DomainException('x')), 'b' => caught((new class extends Caller { public function made() { return function () { throw new DomainException('x'); }; } })->made())],
		'anonymous' => ['a' => caught(new class extends Caller {}), 'b' => caught(new class { public function __invoke() { throw new DomainException('x'); } })],
		'soap' => ['exception' => class_exists(SoapFault::class) ? new SoapFault('Server', 'down', 'actor', 'detail') : null],
		'nested' => ['list' => [['e' => thrown(1)]]],
	};
}
while (($line = fgets(STDIN)) !== false) {
	$context = serialize(context(trim($line)));
	$time = new DateTimeImmutable('2026-11-23T08:49:34.841400+00:00');
	$values = unserialize($context);
	$record = class_exists(Monolog\LogRecord::class) ? new Monolog\LogRecord($time, 'app', Monolog\Level::Info, 'm', $values, []) : [
		'message' => 'm', 'context' => $values, 'level' => 200, 'level_name' => 'INFO', 'channel' => 'app', 'datetime' => $time, 'extra' => []];
	$printed = $formatter->format($record);
	echo bin2hex($context), ' ', bin2hex(preg_replace('/,"datetime":"[^"]*"/', '', $printed)), "\n";
}`

var internalFrames = regexp.MustCompile(`(\[)"internal\[[^"]*",?|,"internal\[[^"]*"`)

// TestJSONOptionsAsPHP compares stack traces, and empty contexts that are left out, with JsonFormatter. Frames without a file
// are named since Monolog 3.12; before, they are left out.
func TestJSONOptionsAsPHP(t *testing.T) {
	formatter, err := New("json", Options{Line: LineOptions{IgnoreEmpty: true, Stacktraces: true}})
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"none", "plain", "top", "deep", "previous", "internal", "methods", "closures", "anonymous", "soap", "nested"}
	for i, answer := range phptest.Answers(t, jsonWithOptions, names) {
		serialized, printed, _ := strings.Cut(answer, " ")
		bytes, err := hex.DecodeString(serialized)
		if err != nil {
			t.Fatal(err)
		}
		want, err := hex.DecodeString(printed)
		if err != nil {
			t.Fatal(err)
		}
		parser, err := phpserialize.NewParser(phpserialize.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		tree := phpvalue.Tree{Text: bytes}
		if err := parser.Parse(&tree); err != nil {
			t.Fatal(err)
		}
		at := time.Date(2026, 11, 23, 8, 49, 34, 841400000, time.UTC)
		line := formatter.Append(nil, &record.Record{Time: at, Channel: []byte("app"), Level: record.Info, Message: []byte("m"), Context: tree.Root()})
		if got := strings.Replace(string(line), `,"datetime":"2026-11-23T08:49:34.841400+00:00"`, "", 1); got != string(want) && internalFrames.ReplaceAllString(got, "$1") != string(want) {
			t.Errorf("%s:\n got %swant %s", names[i], got, want)
		}
	}
}
