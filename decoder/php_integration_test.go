//go:build integration || compat

package decoder_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"envelog/decoder"
	"envelog/internal/phptest"
	"envelog/record"
	"envelog/transport"
)

// The times that the table has are those that PHP makes of the same values.
func TestTimesAsPHP(t *testing.T) {
	var input strings.Builder
	for _, c := range times {
		input.WriteString(base64.StdEncoding.EncodeToString([]byte(c.wire)) + "\n")
	}
	lines := phptest.Lines(t, `while ($line = fgets(STDIN)) {
		$wire = preg_replace('/^O:\d+:"[^"]+"/', 'O:8:"stdClass"', base64_decode($line));
		$v = unserialize($wire);
		$date = match (true) {
			is_object($v) => DateTimeImmutable::__set_state(array_intersect_key((array) $v, ["date" => 1, "timezone_type" => 1, "timezone" => 1])),
			is_string($v) => new DateTimeImmutable($v),
			default => (new DateTimeImmutable("@".(int) floor($v)))->modify(sprintf("+%d microseconds", round(($v - floor($v)) * 1e6))),
		};
		echo $date->format("Y-m-d\TH:i:s.uP"), "\n";
	}`, input.String())
	for i, c := range times {
		if lines[i] != c.want {
			t.Errorf("%s: PHP makes %s of %s, the table says %s", c.name, lines[i], c.wire, c.want)
		}
	}
}

// Around every change of the clocks of many zones, a date is the instant that PHP makes of it. The changes are past ones: of
// those to come, PHP's tz database may say something else than the one that is embedded here.
func TestLocalTimesAsPHP(t *testing.T) {
	lines := phptest.Lines(t, `
		$zones = array_merge(["Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "America/Sao_Paulo", "Asia/Tehran", "Pacific/Apia",
			"America/St_Johns", "Europe/Dublin", "Asia/Kathmandu", "Antarctica/Troll", "UTC", "Africa/Cairo", "America/Nuuk"]);
		foreach ($zones as $name) {
			$zone = new DateTimeZone($name);
			foreach (array_slice($zone->getTransitions(1600000000, 1750000000), 0, 12) as $transition) {
				foreach ([-7200, -5400, -3600, -3599, -1800, -1, 0, 1, 1800, 3599, 3600, 5400, 7200] as $shift) {
					// The local time, as if the offset did not change.
					foreach ([$transition["offset"], $transition["offset"] - 3600, $transition["offset"] + 3600] as $offset) {
						$local = gmdate("Y-m-d H:i:s", $transition["ts"] + $shift + $offset).".250000";
						$date = unserialize(sprintf('O:17:"DateTimeImmutable":3:{s:4:"date";s:26:"%s";s:13:"timezone_type";i:3;s:8:"timezone";s:%d:"%s";}', $local, strlen($name), $name));
						echo $local, "|", $name, "|", $date->format("Y-m-d\TH:i:s.uP"), "\n";
					}
				}
			}
		}`, "")
	if len(lines) < 1000 {
		t.Fatalf("php printed %d times", len(lines))
	}
	d := newDecoder(t, decoder.Options{Serializer: decoder.PHP})
	wrong := 0
	for _, line := range lines {
		parts := strings.Split(line, "|")
		var r record.Record
		if err := d.Decode(entry(t, message("timestamp", date("DateTimeImmutable", parts[0], 3, parts[1]))), &r); err != nil {
			t.Fatal(err)
		}
		if got := phpTime(r.Time); got != parts[2] {
			t.Errorf("%s in %s is %s, PHP: %s", parts[0], parts[1], got, parts[2])
			if wrong++; wrong > 20 {
				t.FailNow()
			}
		}
	}
}

// What phpredis' serializers make of a frame is undone; ext-igbinary and ext-msgpack store it here themselves.
func TestSerializersOfPHP(t *testing.T) {
	tests := []struct {
		serializer decoder.Serializer
		function   string
	}{
		{decoder.PHP, "serialize"},
		{decoder.Igbinary, "igbinary_serialize"},
		{decoder.Msgpack, "msgpack_pack"},
		{decoder.JSON, "fn_json"},
	}
	for _, c := range tests {
		t.Run(c.serializer.String(), func(t *testing.T) {
			d := newDecoder(t, decoder.Options{Serializer: c.serializer})
			for _, size := range []int{0, 5, 200, 300, 70000} {
				want := strings.Repeat("é<x>/\"", size)
				text := frame(t, body(message("message", str(want))), "[]")
				lines := phptest.Lines(t, `function fn_json($s) { return json_encode($s, 1); }
					echo base64_encode(`+c.function+`(base64_decode(trim(fgets(STDIN)))));`, base64.StdEncoding.EncodeToString([]byte(text))+"\n")
				var r record.Record
				err := d.Decode(&transport.Entry{Message: []byte(phptest.Bytes(t, lines[0]))}, &r)
				if err != nil || string(r.Message) != want {
					t.Errorf("a message of %d bytes became %d bytes, %v", len(want), len(r.Message), err)
				}
			}
		})
	}
}

// Messages with all kinds of values in their context, as Symfony's serializer stores them, are decoded alike by the
// fast and by the slow way.
func TestSymfonyMessages(t *testing.T) {
	lines := phptest.Lines(t, `
		error_reporting(E_ALL & ~E_DEPRECATED);
		require "Symfony/Component/Messenger/autoload.php";
		class Log { public function __construct(public $channel, protected $level, private $message, public array $context, public $timestamp) {} }
		enum Suit { case Hearts; }
		mt_srand(7);
		$serializer = new Symfony\Component\Messenger\Transport\Serialization\PhpSerializer();
		$shared = new stdClass; $text = "by reference";
		$leaf = function () use (&$leaf, $shared, &$text) {
			switch (mt_rand(0, 10)) {
				case 0: return null;
				case 1: return mt_rand() / 7;
				case 2: return $shared;
				case 3: return Suit::Hearts;
				case 4: return ["x" => &$text, "y" => &$text, 5 => $shared];
				case 5: return "q\"b\\s/n\nz\0t\t'é€😀";
				case 6: return str_repeat(chr(mt_rand(32, 126)), mt_rand(0, 40));
				case 7: return new DateTimeImmutable("2024-02-03 04:05:06", new DateTimeZone("Europe/Paris"));
				case 8: return [$leaf(), $leaf()];
				case 9: return mt_rand(0, 30) ? mt_rand() : random_bytes(5);
				default: return new Log($leaf(), $leaf(), $leaf(), [$leaf()], $leaf());
			}
		};
		for ($i = 0; $i < 2000; $i++) {
			$context = []; for ($n = mt_rand(0, 6); $n > 0; $n--) { $context["k$n/\\".chr(mt_rand(32, 126))] = $leaf(); }
			$log = new Log("app", "warning", "hello $i", $context, new DateTimeImmutable("2026-11-23 09:49:34.841400", new DateTimeZone("Europe/Paris")));
			$stamps = mt_rand(0, 1) ? [new Symfony\Component\Messenger\Stamp\BusNameStamp("bus")] : [new Symfony\Component\Messenger\Stamp\DelayStamp(mt_rand(0, 9)), new Symfony\Component\Messenger\Stamp\HandledStamp($log, "h")];
			$encoded = $serializer->encode(new Symfony\Component\Messenger\Envelope($log, $stamps));
			echo base64_encode(serialize(json_encode(["body" => $encoded["body"], "headers" => $encoded["headers"] ?? []]))), "\n";
		}`, "")
	if len(lines) != 2000 {
		t.Fatalf("php printed %d messages", len(lines))
	}
	d := newDecoder(t, decoder.Options{Serializer: decoder.PHP})
	for _, line := range lines {
		stored := []byte(phptest.Bytes(t, line))
		checkSameWay(t, d, decoder.PHP, stored)
		var r record.Record
		if err := d.Decode(&transport.Entry{Message: stored}, &r); err != nil || r.Level != record.Warning || !strings.HasPrefix(string(r.Message), "hello ") {
			t.Fatalf("%s: %v", stored, err)
		}
	}
}
