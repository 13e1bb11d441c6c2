<?php

declare(strict_types=1);

namespace Envelog\Tests\Redis;

use Envelog\LogMessage;
use Envelog\Outbox\Deadline;
use Envelog\Outbox\SendReport;
use Envelog\Redis\RedisSender;
use Envelog\Tests\Records;
use Envelog\Tests\RedisServer;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;
use Symfony\Component\Messenger\Bridge\Redis\Transport\RedisTransportFactory;
use Symfony\Component\Messenger\Envelope;
use Symfony\Component\Messenger\Stamp\BusNameStamp;
use Symfony\Component\Messenger\Transport\Serialization\PhpSerializer;
use Symfony\Component\Messenger\Transport\Serialization\SerializerInterface;

final class RedisSenderTest extends TestCase
{
    private static RedisServer $redis;

    public static function setUpBeforeClass(): void
    {
        self::$redis = new RedisServer('--unixsocket', sys_get_temp_dir().'/envelog-'.getmypid().'.sock');
    }

    public static function tearDownAfterClass(): void
    {
        self::$redis->stop();
    }

    protected function setUp(): void
    {
        self::$redis->client()->flushAll();
    }

    /** DSNs and options whose entries must be what the transport itself writes. */
    public static function transports(): iterable
    {
        yield 'the defaults' => ['redis://127.0.0.1:%d', [], 'messages'];
        yield 'a stream' => ['redis://127.0.0.1:%d/log-messages/group/consumer', [], 'log-messages'];
        yield 'a stream in the options' => ['redis://127.0.0.1:%d', ['stream' => 'logs'], 'logs'];
        yield 'no serializer' => ['redis://127.0.0.1:%d?serializer=0', [], 'messages'];
        yield 'igbinary' => ['redis://127.0.0.1:%d?serializer=2', [], 'messages'];
        yield 'msgpack' => ['redis://127.0.0.1:%d?serializer=3', [], 'messages'];
        yield 'JSON' => ['redis://127.0.0.1:%d?serializer=4', [], 'messages'];
        yield 'a database' => ['redis://127.0.0.1:%d?dbindex=3', [], 'messages', 3];
        yield 'a lazy connection' => ['redis://127.0.0.1:%d?lazy=1', [], 'messages'];
        yield 'a transport that sets up' => ['redis://127.0.0.1:%d?auto_setup=1', [], 'messages'];
        yield 'a socket' => ['redis://'.sys_get_temp_dir().'/envelog-'.getmypid().'.sock?stream=s', [], 's'];
    }

    /** @dataProvider transports */
    #[DataProvider('transports')]
    public function testWritesWhatTheTransportWrites(string $dsn, array $options, string $stream, int $database = 0): void
    {
        $dsn = sprintf($dsn, self::$redis->port);
        $options += ['transport_name' => 'async_logging', 'delete_after_ack' => true];
        $messages = [
            Records::message('one', context: ['user' => 'ada', 'path' => 'a/b\\c', 'text' => "é'\"\0"]),
            Records::message("not UTF-8 \xff", 'ERROR'),
        ];

        $transport = (new RedisTransportFactory())->createTransport($dsn, $options, new PhpSerializer());
        foreach ($messages as $message) {
            $transport->send(new Envelope($message, [new BusNameStamp('messenger.bus.default')]));
        }
        $client = self::$redis->client();
        $client->select($database);
        $expected = $this->take($client, $stream);
        self::assertCount(2, $expected);

        self::assertEquals(new SendReport(), $this->sender($dsn, $options)->send($messages, new Deadline(20)));
        self::assertSame($expected, $this->take($client, $stream));
    }

    public function testATransportOfSymfonyReadsIt(): void
    {
        $sent = Records::message('one', context: ['list' => [1, 2.5, null], 'bytes' => "\xff"], extra: ['uid' => 'x']);
        $this->sender(self::$redis->dsn())->send([$sent], new Deadline(20));
        $transport = (new RedisTransportFactory())->createTransport(self::$redis->dsn(), [], new PhpSerializer());
        [$envelope] = [...$transport->get()];
        self::assertEquals($sent, $envelope->getMessage());
        self::assertSame('messenger.bus.default', $envelope->last(BusNameStamp::class)->getBusName());
        $transport->ack($envelope);
        self::assertSame([], [...$transport->get()]);
    }

    public function testABatchIsOneCommand(): void
    {
        $sender = $this->sender(self::$redis->dsn());
        $sender->send([Records::message('to connect')], new Deadline(20));
        $before = $this->commands();
        $sender->send($this->messages(100), new Deadline(20));
        // One for the script, one for INFO. Redis counts what a script calls by its own name.
        self::assertSame(2, $this->commands() - $before - 100);
        self::assertCount(101, self::$redis->fields());
    }

    public function testTrimsTheStreamAsTheTransportWould(): void
    {
        $sender = $this->sender(self::$redis->dsn(query: 'delete_after_ack=1&stream_max_entries=100'));
        for ($i = 0; $i < 5; ++$i) {
            $sender->send($this->messages(100), new Deadline(20));
        }
        self::assertLessThanOrEqual(200, \count(self::$redis->fields()));
    }

    public function testAMessageWithoutWordsDoesNotHoldTheOthersUp(): void
    {
        $serializer = new class() implements SerializerInterface {
            public function decode(array $encodedEnvelope): Envelope
            {
                throw new \LogicException('not needed');
            }

            public function encode(Envelope $envelope): array
            {
                return match ($envelope->getMessage()->message) {
                    'throws' => throw new \DomainException('no words'),
                    default => ['body' => $envelope->getMessage()->message],
                };
            }
        };
        $report = $this->sender(self::$redis->dsn(query: 'delete_after_ack=1&serializer=0'), serializer: $serializer)
            ->send([Records::message('one'), Records::message('throws'), Records::message("\xff"), Records::message('two')], new Deadline(20));
        self::assertSame(['no words', 'Malformed UTF-8 characters, possibly incorrectly encoded'], array_values($report->unsent));
        self::assertSame([1, 2], array_keys($report->unsent));
        self::assertNull($report->carrierDown);
        self::assertSame(['{"body":"one","headers":[]}', '{"body":"two","headers":[]}'], self::$redis->fields());
    }

    public function testNothingListens(): void
    {
        $report = $this->sender('redis://127.0.0.1:1/s')->send($this->messages(3), new Deadline(20));
        self::assertCount(3, $report->unsent);
        self::assertStringContainsString('Connection refused', $report->carrierDown);
    }

    public function testAWrongPassword(): void
    {
        $report = $this->sender(str_replace('redis://', 'redis://user:secret@', self::$redis->dsn()))->send($this->messages(3), new Deadline(20));
        self::assertCount(3, $report->unsent);
        self::assertStringContainsString('WRONGPASS', $report->carrierDown);
        self::assertStringNotContainsString('secret', $report->carrierDown);
    }

    public function testAPassword(): void
    {
        $client = self::$redis->client();
        $client->config('SET', 'requirepass', 's:e/cret');
        try {
            $report = $this->sender(str_replace('redis://', 'redis://s%3Ae%2Fcret@', self::$redis->dsn()))->send($this->messages(3), new Deadline(20));
        } finally {
            $client->config('SET', 'requirepass', '');
        }
        self::assertEquals(new SendReport(), $report);
    }

    public function testADsnThatIsNone(): void
    {
        self::assertSame('The given Redis DSN is invalid.', $this->sender('redis://')->send($this->messages(1), new Deadline(20))->carrierDown);
    }

    public function testRedisIsFull(): void
    {
        $sender = $this->sender(self::$redis->dsn());
        $client = self::$redis->client();
        $client->config('SET', 'maxmemory', '1');
        try {
            $report = $sender->send($this->messages(3), new Deadline(20));
        } finally {
            $client->config('SET', 'maxmemory', '0');
        }
        self::assertCount(3, $report->unsent);
        self::assertStringContainsString('OOM', $report->carrierDown);
        self::assertSame([], self::$redis->fields());
        self::assertEquals(new SendReport(), $sender->send($this->messages(3), new Deadline(20)), 'and then it is not');
    }

    public function testAnotherKeyIsInThePlaceOfTheStream(): void
    {
        self::$redis->client()->set('log-messages', 'x');
        $report = $this->sender(self::$redis->dsn())->send($this->messages(3), new Deadline(20));
        self::assertStringContainsString('WRONGTYPE', $report->carrierDown);
    }

    public function testTheServerClosesTheConnection(): void
    {
        $sender = $this->sender(self::$redis->dsn());
        $sender->send($this->messages(1), new Deadline(20));
        self::$redis->client()->rawCommand('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
        self::assertEquals(new SendReport(), $sender->send($this->messages(3), new Deadline(20)));
        self::assertCount(4, self::$redis->fields());
    }

    public function testWaitsOnceForAServerThatHangs(): void
    {
        $redis = new RedisServer();
        $sender = $this->sender($redis->dsn());
        $sender->send($this->messages(1), new Deadline(20));
        $redis->freeze();
        $report = $sender->send($this->messages(100), new Deadline(0.1));
        $connections = $this->sender($redis->dsn())->send($this->messages(100), new Deadline(0.1));
        $redis->thaw();
        self::assertCount(100, $report->unsent);
        self::assertCount(100, $report->inDoubt, 'they were on their way');
        self::assertCount(100, $connections->unsent, 'also with a new connection, which the system accepts');
        self::assertNotNull($report->carrierDown);
        self::assertEquals(new SendReport(), $sender->send($this->messages(1), new Deadline(20)), 'and recovers');
    }

    public static function dsns(): iterable
    {
        yield 'redis' => ['redis://localhost:6379/messages', true];
        yield 'rediss' => ['rediss://localhost/messages', true];
        yield 'valkey' => ['valkeys://localhost', true];
        yield 'socket' => ['redis:///run/redis.sock?stream=s', true];
        yield 'cluster' => ['redis://a:7000/s,redis://b:7000', false];
        yield 'doctrine' => ['doctrine://default', false];
        yield 'in memory' => ['in-memory://', false];
        yield 'nothing' => ['', false];
    }

    /** @dataProvider dsns */
    #[DataProvider('dsns')]
    public function testSupports(string $dsn, bool $supported): void
    {
        self::assertSame($supported, RedisSender::supports($dsn));
    }

    private function sender(string $dsn, array $options = ['delete_after_ack' => true], ?SerializerInterface $serializer = null): RedisSender
    {
        return new RedisSender($dsn, $options, $serializer ?? new PhpSerializer(), 'messenger.bus.default');
    }

    /** @return list<LogMessage> */
    private function messages(int $count): array
    {
        return array_map(static fn (int $i) => Records::message("message $i"), range(1, $count));
    }

    private function commands(): int
    {
        return (int) self::$redis->client()->info('stats')['total_commands_processed'];
    }

    /** @return list<array<string, string>> */
    private function take(\Redis $client, string $stream): array
    {
        $entries = array_values($client->xRange($stream, '-', '+'));
        $client->del($stream);

        return $entries;
    }
}
