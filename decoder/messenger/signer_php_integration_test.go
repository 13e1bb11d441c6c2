//go:build integration || compat

package messenger_test

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"envelog/decoder/messenger"
	"envelog/decoder/phpserialize"
	"envelog/internal/phptest"
	"envelog/transport"
)

// phpSigning is PHP code that signs and reads messages of each kind with Symfony's own SigningSerializer, where there is one.
const phpSigning = `
	error_reporting(E_ALL & ~E_DEPRECATED);
	foreach (["Messenger", "Serializer", "PropertyAccess", "PropertyInfo", "ErrorHandler"] as $component) { require_once "Symfony/Component/$component/autoload.php"; }
	use Symfony\Component\Messenger\Envelope;
	use Symfony\Component\Messenger\Exception\MessageDecodingFailedException;
	use Symfony\Component\Messenger\Stamp\{DelayStamp, ErrorDetailsStamp, RedeliveryStamp, SentToFailureTransportStamp};
	use Symfony\Component\Messenger\Transport\Serialization\{PhpSerializer, Serializer, SigningSerializer};
	class Log { public function __construct(public string $channel = "app", public array $context = []) {} }
	class Other { public string $a = "b"; }
	if (!class_exists(SigningSerializer::class)) {
		require_once "Symfony/Component/HttpKernel/autoload.php";
		exit("none in ".Symfony\Component\HttpKernel\Kernel::VERSION_ID."\n");
	}
	$inner = ["php" => new PhpSerializer(), "symfony" => Serializer::create()];
	$signing = array_map(fn ($s) => new SigningSerializer($s, "s3cret", [Log::class]), $inner);
	function decoded($serializer, array $encoded): string {
		try { $e = $serializer->decode($encoded); } catch (MessageDecodingFailedException $e) { return "refused: ".$e->getMessage(); }
		$m = $e->getMessage();
		if ($m instanceof MessageDecodingFailedException) { return ($m->getPrevious() ? "refused: " : "wrapper: ").$m->getMessage(); }
		return $m::class." ".json_encode($m)." retries ".RedeliveryStamp::getRetryCountFromEnvelope($e)." from ".$e->last(SentToFailureTransportStamp::class)?->getOriginalReceiverName();
	}
`

// firstSigning is the first release that signs, as Kernel::VERSION_ID.
const firstSigning = 70400

// stored is a message as PHP encodes it.
type stored struct {
	Serializer string
	Body       string // in base64
	Headers    map[string]string
}

func (s stored) message(t *testing.T) transport.Message {
	m := transport.Message{Body: []byte(phptest.Bytes(t, s.Body))}
	for name, value := range s.Headers {
		m.Headers = append(m.Headers, transport.Header{Name: name, Value: value})
	}
	return m
}

func storedOf(serializer string, m transport.Message) stored {
	s := stored{serializer, base64.StdEncoding.EncodeToString(m.Body), map[string]string{}}
	for _, h := range m.Headers {
		s.Headers[h.Name] = h.Value
	}
	return s
}

// signedByPHP returns what Symfony signed: each kind of body, with stamps and without.
func signedByPHP(t *testing.T) (signed []stored) {
	t.Helper()
	lines := phptest.Lines(t, phpSigning+`
		foreach ($signing as $name => $serializer) {
			foreach ([new Log(), new Log("caf\u{e9}", ["a" => 1, "quote" => "\"'\\ "])] as $log) {
				foreach ([[], [new DelayStamp(5), new RedeliveryStamp(1)]] as $stamps) {
					$e = $serializer->encode(new Envelope($log, $stamps));
					echo json_encode(["Serializer" => $name, "Body" => base64_encode($e["body"]), "Headers" => (object) $e["headers"]]), "\n";
				}
			}
		}`, "")
	if version, none := strings.CutPrefix(lines[0], "none in "); none {
		if release, err := strconv.Atoi(version); err != nil || release >= firstSigning {
			t.Fatalf("Symfony %s has to sign, and has no SigningSerializer", version)
		}
		t.Skipf("left out: Symfony %s does not sign yet; make compat has one that does", version)
	}
	for _, line := range lines {
		var s stored
		if err := json.Unmarshal([]byte(line), &s); err != nil {
			t.Fatal(err)
		}
		signed = append(signed, s)
	}
	return signed
}

// readByPHP returns what Symfony makes of each message.
func readByPHP(t *testing.T, messages []stored) []string {
	t.Helper()
	var input strings.Builder
	for _, m := range messages {
		line, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		input.Write(append(line, '\n'))
	}
	lines := phptest.Lines(t, phpSigning+`
		while ($line = fgets(STDIN)) {
			$m = json_decode($line, true);
			echo decoded($signing[$m["Serializer"]], ["body" => base64_decode($m["Body"]), "headers" => $m["Headers"]]), "\n";
		}`, input.String())
	if len(lines) != len(messages) {
		t.Fatalf("PHP read %d of %d messages: %s", len(lines), len(messages), lines[len(lines)-1])
	}
	return lines
}

// What PHP signed is verified, and what is sent again, to be retried or to the failure transport, PHP accepts, as the same
// message with one retry more. What is changed after the signature's back, both refuse.
func TestPHPAcceptsWhatIsSignedAgain(t *testing.T) {
	signer, err := messenger.NewSigner("s3cret")
	if err != nil {
		t.Fatal(err)
	}
	var sent []stored
	var want []string
	originals := signedByPHP(t)
	said := readByPHP(t, originals)
	for i, original := range originals {
		m := original.message(t)
		if err := signer.Verify(m); err != nil {
			t.Errorf("%v: %v", original, err)
		}
		o := openMessage(t, m)
		o.SignWith(signer)
		retried, err := o.Retry(attempt(messenger.Symfony74, "1-0"), time.Second)
		if err != nil {
			t.Fatal(err)
		}
		parked, err := o.Park(attempt(messenger.Symfony74, "1-0"), "async")
		if err != nil {
			t.Fatal(err)
		}
		message, _, _ := strings.Cut(said[i], " retries ")
		retries := " retries 1 from "
		if o.Retries() == 1 {
			retries = " retries 2 from "
		}
		sent = append(sent, storedOf(original.Serializer, retried), storedOf(original.Serializer, parked))
		want = append(want, message+retries, message+" retries 0 from async")
		for _, forged := range []transport.Message{retried, parked} {
			forged.Body = append([]byte(nil), forged.Body...)
			forged.Body[len(forged.Body)/2] ^= 1
			if err := signer.Verify(forged); err == nil {
				t.Error("a changed body is taken")
			}
			sent, want = append(sent, storedOf(original.Serializer, forged)), append(want, "refused: ")
		}
	}
	for i, line := range readByPHP(t, sent) {
		if line != want[i] && (want[i] != "refused: " || !strings.HasPrefix(line, want[i])) {
			t.Errorf("PHP reads %s, want %s", line, want[i])
		}
	}
}

// A message with a wrong signature goes on inside of another one that tells why. PHP reads that one, and refuses what is in
// it. A message whose secret is not known goes on unchanged, which PHP accepts.
func TestPHPReadsWhatIsParkedOfSigned(t *testing.T) {
	var sent []stored
	var want []string
	for _, original := range signedByPHP(t) {
		m := original.message(t)
		if _, err := openMessage(t, m).Park(attempt(messenger.Symfony74, "1-0"), "async"); err == nil {
			t.Error("a signed message is changed without the secret")
		}
		sent, want = append(sent, storedOf(original.Serializer, m)), append(want, "Log ")
		m.Body = append([]byte(nil), append(m.Body, ' ')...)
		wrapped, err := messenger.Wrap(m, "invalid signature", phpserialize.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		parked, err := wrapped.Park(attempt(messenger.Symfony81, "1-0"), "async")
		if err != nil {
			t.Fatal(err)
		}
		sent, want = append(sent, storedOf("php", parked)), append(want, "wrapper: invalid signature")
	}
	for i, line := range readByPHP(t, sent) {
		if !strings.HasPrefix(line, want[i]) {
			t.Errorf("PHP reads %s, want %s", line, want[i])
		}
	}
}
