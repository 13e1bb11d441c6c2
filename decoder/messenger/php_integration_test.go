//go:build integration || compat

package messenger_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"envelog/decoder/messenger"
	"envelog/decoder/phpserialize"
	"envelog/internal/phptest"
	"envelog/phpvalue"
)

// What Symfony's own serializer makes of messages that share objects and references with themselves and with their
// stamps gets two stamps more; Symfony reads that as the same message with the same stamps and the new ones.
func TestSymfonyReadsAddedStamps(t *testing.T) {
	const classes = `
		error_reporting(E_ALL & ~E_DEPRECATED);
		require "Symfony/Component/Messenger/autoload.php";
		use Symfony\Component\Messenger\Envelope;
		use Symfony\Component\Messenger\Stamp\{BusNameStamp, DelayStamp, HandledStamp, SentToFailureTransportStamp, StampInterface, TransportMessageIdStamp};
		use Symfony\Component\Messenger\Transport\Serialization\PhpSerializer;
		enum Suit { case Hearts; }
		class Note implements StampInterface { public $of; function __construct($of) { $this->of = $of; } }
		class Message { public $a; protected $b; private $c; public ?Message $d = null; public $e; public $f;
			function __construct($a = null, $b = null, $c = null) { $this->a = $a; $this->b = $b; $this->c = $c; } }
		$serializer = new PhpSerializer();
	`
	lines := phptest.Lines(t, classes+`
		$date = new DateTimeImmutable("2024-01-02 03:04:05.678", new DateTimeZone("Europe/Paris"));
		$list = [1, 2, 3]; $text = "shared"; $object = (object) ["x" => 1.5];
		$messages = [];
		$messages[] = [new Message($date, $date, [$date, $date]), []];
		$m = new Message($object, [$object, Suit::Hearts, Suit::Hearts], "bytes \xff \0"); $m->d = $m; $messages[] = [$m, [new DelayStamp(5), new BusNameStamp("b")]];
		$m = new Message([&$list, &$text, &$list, "k" => &$text]); $m->e = &$list; $m->f = &$text; $messages[] = [$m, [new DelayStamp(5)]];
		$m = new Message($object); $messages[] = [$m, [new Note($m), new Note($object), new Note([$date, &$text])]];
		$m = new Message(new ArrayObject([$object]), new SplObjectStorage(), $object); $messages[] = [$m, [new HandledStamp($m, "h"), new TransportMessageIdStamp("1-0")]];
		$m = new Message(); $m->a = new Envelope($m, [new DelayStamp(1)]); $messages[] = [$m, [new Note($m->a)]];
		foreach ($messages as [$m, $stamps]) { echo base64_encode($serializer->encode(new Envelope($m, $stamps))["body"]), "\n"; }
	`, "")
	var input strings.Builder
	for _, line := range lines {
		body := phptest.Bytes(t, line)
		wire, err := messenger.AppendDecoded(nil, []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		var stamped phpvalue.Tree
		if err := openEnvelope(t, string(wire)).AddStamps(&stamped, symfonyStamps()...); err != nil {
			t.Fatal(err)
		}
		var e phpserialize.Encoder
		again, err := e.Append(nil, &stamped)
		if err != nil {
			t.Fatal(err)
		}
		input.WriteString(line + " " + base64.StdEncoding.EncodeToString(messenger.AppendBody(nil, again)) + "\n")
	}
	verdicts := phptest.Lines(t, classes+`
		while ($line = fgets(STDIN)) {
			[$before, $after] = array_map(fn ($s) => $serializer->decode(["body" => base64_decode($s)]), explode(" ", trim($line)));
			$want = $before->with(new DelayStamp(1500), new SentToFailureTransportStamp("async"));
			$dump = fn ($v) => print_r($v, true);
			if ($dump($after) !== $dump($want)) { echo "differs: ", json_encode([$dump($after), $dump($want)]), "\n"; continue; }
			// PHP's own bytes for the envelope that PHP stamped are those that were built.
			// == cannot compare what contains itself.
			$equal = str_contains($dump($want), "*RECURSION*") || $after == $want;
			echo $equal && serialize($after) === serialize($want) ? "same" : "differs: ".serialize($after)." ".serialize($want), "\n";
		}`, input.String())
	if len(verdicts) != len(lines) {
		t.Fatalf("php compared %d of %d envelopes", len(verdicts), len(lines))
	}
	for i, verdict := range verdicts {
		if verdict != "same" {
			t.Errorf("envelope %d: %s", i, verdict)
		}
	}
}

func symfonyStamps() []messenger.Stamp {
	const namespace = `Symfony\Component\Messenger\Stamp\`
	return []messenger.Stamp{
		{Class: namespace + "DelayStamp", Properties: func(b *phpserialize.Builder) {
			b.Property(namespace+"DelayStamp", "delay")
			b.Int(1500)
		}},
		{Class: namespace + "SentToFailureTransportStamp", Properties: func(b *phpserialize.Builder) {
			b.Property(namespace+"SentToFailureTransportStamp", "originalReceiverName")
			b.String([]byte("async"))
		}},
	}
}

// Body by body, as PHP's addslashes(), stripslashes() and base64_decode() have it.
func TestBodyAsPHP(t *testing.T) {
	bodies := []string{"}", `\}`, `\\}`, `a\0\1\'\"}`, "abc", "abcd", "ab=cd", "YWJj", "YWJ j\n", "Y-W*J\xffj", "YWJjZA==", "YWJjZA", "YWJjZ", "====A", `\`, `a\`}
	var input strings.Builder
	for _, body := range bodies {
		input.WriteString(base64.StdEncoding.EncodeToString([]byte(body)) + "\n")
	}
	lines := phptest.Lines(t, `while ($line = fgets(STDIN)) {
		$body = base64_decode($line);
		$slashed = addslashes($body); if (!preg_match("//u", $slashed)) { $slashed = base64_encode($slashed); }
		if (!str_ends_with($body, "}")) { $body = base64_decode($body); }
		echo base64_encode(stripslashes($body)), " ", base64_encode($slashed), "\n";
	}`, input.String())
	for i, body := range bodies {
		decoded, encoded, _ := strings.Cut(lines[i], " ")
		if got, _ := messenger.AppendDecoded(nil, []byte(body)); string(got) != phptest.Bytes(t, decoded) {
			t.Errorf("AppendDecoded(%q) = %q, PHP: %q", body, got, phptest.Bytes(t, decoded))
		}
		if got := messenger.AppendBody(nil, []byte(body)); string(got) != phptest.Bytes(t, encoded) {
			t.Errorf("AppendBody(%q) = %q, PHP: %q", body, got, phptest.Bytes(t, encoded))
		}
	}
}
