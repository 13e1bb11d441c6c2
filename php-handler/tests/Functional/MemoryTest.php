<?php

declare(strict_types=1);

namespace Envelog\Tests\Functional;

use Envelog\Tests\App\TestApp;
use Envelog\Tests\RedisServer;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;

/**
 * Large records leave in pieces: neither waiting nor sending takes the memory that the application has.
 */
final class MemoryTest extends TestCase
{
    public static function sizes(): iterable
    {
        yield 'many large records' => [300, '128M', '{ level: emergency, seconds: 3600 }'];
        yield 'a batch of fingers_crossed' => [300, '192M', '{ level: emergency, seconds: 3600 }', 'monolog: { handlers: { outer: { type: fingers_crossed, action_level: error, handler: inner }, inner: { type: service, id: envelog.handler, nested: true } } }'];
        yield 'a buffer without a bound of bytes' => [300, '192M', '{ level: emergency, seconds: 3600, size: 10000, bytes: 1000000000 }'];
    }

    /** @dataProvider sizes */
    #[DataProvider('sizes')]
    public function testLargeRecordsDoNotExhaustTheMemory(int $count, string $limit, string $buffer, ?string $monolog = null): void
    {
        $redis = new RedisServer();
        $app = new TestApp(['LOG_TRANSPORT_DSN' => $redis->dsn()], ['config/packages/envelog.yaml' => "envelog: { buffer: $buffer, fallback: { timeout: 60 } }"] + ($monolog ? ['config/packages/monolog.yaml' => $monolog] : []));
        $process = $app->run('large.php', (string) $count, $limit);
        $output = stream_get_contents($process->output);
        self::assertSame(0, $process->wait(), $output);
        self::assertSame($count + 1, $redis->client()->xLen('log-messages'));
        self::assertSame([], $app->logs());
    }
}
