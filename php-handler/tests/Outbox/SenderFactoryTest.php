<?php

declare(strict_types=1);

namespace Envelog\Tests\Outbox;

use Envelog\Outbox\BusSender;
use Envelog\Outbox\SenderFactory;
use Envelog\Outbox\TransportAddress;
use Envelog\Redis\RedisSender;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;
use Symfony\Component\Messenger\Transport\Serialization\PhpSerializer;

final class SenderFactoryTest extends TestCase
{
    public function testBatchesGoToRedisAtOnce(): void
    {
        self::assertInstanceOf(RedisSender::class, $this->factory()->forBatches('redis://localhost/log-messages', [], new PhpSerializer()));
    }

    public function testOtherTransportsGetThemFromTheBus(): void
    {
        self::assertInstanceOf(BusSender::class, $this->factory()->forBatches('doctrine://default', [], new PhpSerializer()));
        self::assertInstanceOf(BusSender::class, $this->factory()->forDispatch());
    }

    public static function sharedStreams(): iterable
    {
        yield 'the same DSN' => ['redis://h/logs', [], 'redis://h/logs', [], true];
        yield 'another group' => ['redis://h/logs/a', [], 'redis://h:6379/logs/b?delete_after_ack=1', [], true];
        yield 'another login' => ['redis://x:y@h/logs', [], 'redis://h/logs', [], true];
        yield 'the default stream' => ['redis://h', [], 'redis://h/messages', [], true];
        yield 'a stream in the options' => ['redis://h', ['stream' => 'logs'], 'redis://h/logs', [], true];
        yield 'a name of this machine' => ['redis://localhost/logs', [], 'redis://127.0.0.1/logs', [], true];
        yield 'one node of a cluster' => ['redis://a:1/logs,redis://b:1', [], 'redis://b:1/logs', [], true];
        yield 'sentinels' => ['redis://a:1/logs,redis://b:1?sentinel_master=m', [], 'redis://b:1/logs?sentinel_master=m', [], true];
        yield 'a socket' => ['redis:///run/r.sock?stream=logs', [], 'redis:///run/r.sock', ['stream' => 'logs'], true];
        yield 'another stream' => ['redis://h/logs', [], 'redis://h/messages', [], false];
        yield 'another server' => ['redis://h/logs', [], 'redis://i/logs', [], false];
        yield 'another port' => ['redis://h/logs', [], 'redis://h:6380/logs', [], false];
        yield 'another database' => ['redis://h/logs', [], 'redis://h/logs?dbindex=1', [], false];
        yield 'another transport' => ['redis://h/logs', [], 'doctrine://default', [], false];
        yield 'nothing' => ['redis://h/logs', [], '', [], false];
    }

    /** @dataProvider sharedStreams */
    #[DataProvider('sharedStreams')]
    public function testRefusesAStreamThatAnotherTransportUses(string $dsn, array $options, string $other, array $otherOptions, bool $isShared): void
    {
        $factory = new SenderFactory(static fn () => throw new \LogicException('not asked'), 'bus', [
            'broken' => static fn () => throw new \LogicException('Environment variable not found'),
            'async' => static fn () => new TransportAddress($other, $otherOptions),
        ]);
        foreach (['forBatches', 'forDispatch'] as $method) {
            try {
                $factory->$method($dsn, $options, new PhpSerializer());
                $refusal = null;
            } catch (\LogicException $e) {
                $refusal = $e->getMessage();
            }
            self::assertSame($isShared, null !== $refusal && str_contains($refusal, 'The transport "async" uses the same stream'), $method);
        }
    }

    private function factory(): SenderFactory
    {
        return new SenderFactory(static fn () => throw new \LogicException('not asked'), 'bus');
    }
}
