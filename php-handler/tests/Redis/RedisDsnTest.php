<?php

declare(strict_types=1);

namespace Envelog\Tests\Redis;

use Envelog\Redis\Endpoint;
use Envelog\Redis\RedisDsn;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;

final class RedisDsnTest extends TestCase
{
    public static function dsns(): iterable
    {
        yield 'a host' => ['redis://h', [], ['h:6379'], 'messages', null, false];
        yield 'a path' => ['redis://u:p@h:7/s/g/c?dbindex=2', [], ['h:7'], 's', null, false];
        yield 'TLS' => ['rediss://h', [], ['h:6379'], 'messages', null, false];
        yield 'options' => ['redis://h', ['stream' => 's'], ['h:6379'], 's', null, false];
        yield 'a socket' => ['redis:///run/redis.sock?stream=s', [], ['/run/redis.sock:0'], 's', null, false];
        yield 'IPv6' => ['redis://[::1]:7/s', [], ['[::1]:7'], 's', null, false];
        yield 'a cluster' => ['redis://a:1/s,redis://b:2', [], ['a:1', 'b:2'], 's', null, true];
        yield 'a cluster of one' => ['redis://a:1/s?cluster=1', [], ['a:1'], 's', null, true];
        yield 'sentinels' => ['redis://a:1/s,redis://b:2?sentinel_master=m', [], ['a:1', 'b:2'], 's', 'm', false];
        yield 'sentinels in the options' => ['valkey://a:1/s', ['redis_sentinel' => 'm'], ['a:1'], 's', 'm', false];
        yield 'sentinels in the query' => ['redis:?host[a:1]&host[b]&stream=s&sentinel=m', [], ['a:1', 'b:6379'], 's', 'm', false];
    }

    /** @dataProvider dsns */
    #[DataProvider('dsns')]
    public function testReads(string $dsn, array $options, array $endpoints, string $stream, ?string $master, bool $isCluster): void
    {
        $parsed = RedisDsn::parse($dsn, $options);
        self::assertSame($endpoints, array_map(static fn (Endpoint $e) => $e->name().':'.$e->port, $parsed->endpoints));
        self::assertSame([$stream, $master, $isCluster], [$parsed->stream, $parsed->master, $parsed->isCluster]);
        self::assertSame(str_starts_with($dsn, 'rediss'), $parsed->endpoints[0]->isTls());
    }

    public function testIsNone(): void
    {
        foreach (['', 'doctrine://default', 'redis', 'redis://h:port', 'amqp://h'] as $dsn) {
            self::assertNull(RedisDsn::parse($dsn, []), $dsn);
        }
    }

    public static function addresses(): iterable
    {
        yield [new Endpoint('h', 6379), 'tcp://h:6379'];
        yield [new Endpoint('tls://h', 6379), 'tcp://h:6379'];
        yield [new Endpoint('::1', 6379), 'tcp://[::1]:6379'];
        yield [new Endpoint('[::1]', 6379), 'tcp://[::1]:6379'];
        yield [new Endpoint('/run/redis.sock', 0), 'unix:///run/redis.sock'];
    }

    /** @dataProvider addresses */
    #[DataProvider('addresses')]
    public function testAddress(Endpoint $endpoint, string $address): void
    {
        self::assertSame($address, $endpoint->address());
    }

    public function testConnectionsThatOutliveTheRequestAreTheLogins(): void
    {
        $addresses = [];
        foreach ([new Endpoint('h', 1, 'a', 0), new Endpoint('h', 1, 'b', 0), new Endpoint('h', 1, 'a', 1)] as $endpoint) {
            $addresses[] = $endpoint->pooled('x')->address();
        }
        self::assertCount(3, array_unique($addresses));
        self::assertStringStartsWith('tcp://h:1/', $addresses[0]);
    }
}
