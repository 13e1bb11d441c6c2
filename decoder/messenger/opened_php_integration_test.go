//go:build integration || compat

package messenger_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"envelog/decoder/messenger"
	"envelog/decoder/phpserialize"
	"envelog/internal/phptest"
	"envelog/transport"
)

// phpMessages is PHP code that defines messages whose parts share objects and references, with each other and with their
// stamps.
const phpMessages = `
	error_reporting(E_ALL & ~E_DEPRECATED);
	require "Symfony/Component/Messenger/autoload.php";
	require "Symfony/Component/ErrorHandler/autoload.php";
	use Symfony\Component\Messenger\Envelope;
	use Symfony\Component\Messenger\Exception\MessageDecodingFailedException;
	use Symfony\Component\Messenger\Stamp\{BusNameStamp, DelayStamp, ErrorDetailsStamp, HandledStamp, RedeliveryStamp, SentToFailureTransportStamp, StampInterface, TransportMessageIdStamp};
	use Symfony\Component\Messenger\Transport\Serialization\PhpSerializer;
	enum Suit { case Hearts; }
	class Note implements StampInterface { public $of; function __construct($of) { $this->of = $of; } }
	class Message { public $a; protected $b; private $c; public ?Message $d = null; public $e; public $f;
		function __construct($a = null, $b = null, $c = null) { $this->a = $a; $this->b = $b; $this->c = $c; } }
	$serializer = new PhpSerializer();
	function messages() {
		$date = new DateTimeImmutable("2024-01-02 03:04:05.678", new DateTimeZone("Europe/Paris"));
		$list = [1, 2, 3]; $text = "shared"; $object = (object) ["x" => 1.5];
		yield new Envelope(new Message($date, $date, [$date, $date]));
		$m = new Message($object, [$object, Suit::Hearts, Suit::Hearts], "bytes \xff \0"); $m->d = $m;
		yield new Envelope($m, [new DelayStamp(5), new BusNameStamp("b")]);
		$m = new Message([&$list, &$text, &$list, "k" => &$text]); $m->e = &$list; $m->f = &$text;
		yield new Envelope($m, [new DelayStamp(5)]);
		$m = new Message($object);
		yield new Envelope($m, [new Note($m), new Note($object), new Note([$date, &$text])]);
		$m = new Message(new ArrayObject([$object]), new SplObjectStorage(), $object);
		yield new Envelope($m, [new HandledStamp($m, "h"), new TransportMessageIdStamp("1-0")]);
		$m = new Message(); $m->a = new Envelope($m, [new DelayStamp(1)]);
		yield new Envelope($m, [new Note($m->a)]);
	}
`

// A message survives ten retries and the failure transport unchanged, and PHP reads what was added.
func TestPHPReadsRetried(t *testing.T) {
	bodies := phptest.Lines(t, phpMessages+`foreach (messages() as $e) { echo base64_encode($serializer->encode($e)["body"]), "\n"; }`, "")
	for v := messenger.AnyVersion; v <= messenger.Symfony81; v++ {
		t.Run(v.String(), func(t *testing.T) {
			var input strings.Builder
			for _, body := range bodies {
				m := transport.Message{Body: []byte(phptest.Bytes(t, body))}
				input.WriteString(base64.StdEncoding.EncodeToString(failTen(t, m, v).Body) + "\n")
			}
			verdicts := phptest.Lines(t, phpMessages+`
				foreach (messages() as $before) {
					$after = $serializer->decode(["body" => base64_decode(fgets(STDIN))]);
					$dump = fn ($v) => print_r($v, true);
					if ($dump($after->getMessage()) !== $dump($before->getMessage())) { echo "differs: ", $dump($after->getMessage()), "\n"; continue; }
					if (!str_contains($dump($before), "*RECURSION*") && $after->getMessage() != $before->getMessage()) { echo "not ==\n"; continue; }
					if (serialize($after->getMessage()) !== serialize($before->getMessage())) { echo "serializes otherwise\n"; continue; }
					$error = $after->last(ErrorDetailsStamp::class);
					$sent = $after->last(SentToFailureTransportStamp::class);
					$counts = array_map(fn ($e) => $e->getRetryCount(), $after->all(RedeliveryStamp::class));
					echo get_debug_type($error->getFlattenException()), " ", $error->getExceptionMessage(), " ", $error->getFlattenException()->getAsString() ?: "-", " ",
						count($error->getFlattenException()->getTrace()), " ", $sent->getOriginalReceiverName(), " ", implode(",", $counts), " ",
						$after->last(RedeliveryStamp::class)->getRedeliveredAt()->format("c u"), " ", count($after->all(DelayStamp::class)) > 10 ? "delays" : "", "\n";
				}`, input.String())
			const want = `Symfony\Component\ErrorHandler\Exception\FlattenException boom RuntimeException: boom in f:7
Stack trace:
#0 {main} 1 async 1,2,3,4,5,6,7,8,9,10,0 2026-11-23T08:50:32+00:00 123456 delays`
			if got := strings.Join(verdicts, "\n"); got != strings.TrimSuffix(strings.Repeat(want+"\n", len(bodies)), "\n") {
				t.Errorf("PHP says:\n%s", got)
			}
		})
	}
}

func failTen(t *testing.T, m transport.Message, v messenger.Version) transport.Message {
	t.Helper()
	var err error
	for n := range 10 {
		if m, err = openMessage(t, m).Retry(attempt(v, fmt.Sprintf("%d-0", n)), time.Second); err != nil {
			t.Fatal(err)
		}
	}
	if m, err = openMessage(t, m).Park(attempt(v, "10-0"), "async"); err != nil {
		t.Fatal(err)
	}
	return m
}

// Messenger before 8.1 reads what stands for a message that cannot be decoded as the exception that it is.
func TestPHPReadsWrapped(t *testing.T) {
	wrapped, err := messenger.Wrap(transport.Message{Body: []byte("broken \xff")}, "no envelope", phpserialize.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := wrapped.Park(attempt(messenger.Symfony54, "1-0"), "async")
	if err != nil {
		t.Fatal(err)
	}
	got := phptest.Lines(t, phpMessages+`
		$e = $serializer->decode(["body" => base64_decode(fgets(STDIN))]);
		echo get_class($e->getMessage()), "|", $e->getMessage()->getMessage(), "|", bin2hex($e->getMessage()->encodedEnvelope["body"]), "|", $e->last(ErrorDetailsStamp::class)->getExceptionMessage(), "\n";
	`, base64.StdEncoding.EncodeToString(m.Body))
	want := messenger.DecodingFailed + "|no envelope|" + fmt.Sprintf("%x", "broken \xff") + "|boom"
	if strings.Join(got, "\n") != want {
		t.Errorf("PHP says %q, want %q", got, want)
	}
}
