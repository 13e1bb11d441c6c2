<?php

declare(strict_types=1);

namespace Envelog\Tests\Functional;

use Envelog\Tests\App\Fpm;
use Envelog\Tests\App\TestApp;
use Envelog\Tests\RedisServer;
use Envelog\Tests\SilentServer;
use Envelog\Tests\Wait;
use PHPUnit\Framework\TestCase;

/**
 * Under PHP-FPM, where a process forgets everything after its request.
 */
final class FpmTest extends TestCase
{
    public function testRecordsOfRequestsArrive(): void
    {
        $redis = new RedisServer();
        $fpm = new Fpm(self::app($redis->dsn(), 20));
        for ($i = 0; $i < 6; ++$i) {
            self::assertSame('logged', $fpm->get("messages[]=request-$i"));
        }
        $arrived = static fn () => array_values(array_filter(array_column($redis->messages(), 'message'), static fn (string $m) => str_contains($m, 'request-')));
        Wait::until(static fn () => 6 === \count($arrived()), 'all have arrived');
        $messages = $arrived();
        sort($messages);
        self::assertSame(array_map(static fn (int $i) => "The query says \"request-$i\"", range(0, 5)), $messages);
        self::assertStringNotContainsString('envelog:', $fpm->errorLog());
    }

    public function testTheResponseDoesNotWaitForASilentRedis(): void
    {
        $server = new SilentServer();
        $fpm = new Fpm(self::app("redis://127.0.0.1:$server->port/logs", 60));
        $fpm->get(''); // builds the container
        $start = hrtime(true);
        self::assertSame('logged', $fpm->get('messages[]=x'));
        self::assertLessThan(45, (hrtime(true) - $start) / 1e9);
    }

    public function testOneProcessLearnsOfAnOutageFromAnother(): void
    {
        $app = self::app('redis://127.0.0.1:1/logs', 5);
        $fpm = new Fpm($app, 3);
        for ($i = 0; $i < 6; ++$i) {
            self::assertSame('logged', $fpm->get('messages[]=x'));
        }
        Wait::until(static fn () => 6 === substr_count(implode($app->logs()), 'The query says'), 'all are in the local file');
        self::assertSame(1, substr_count($fpm->errorLog(), 'envelog: Log records cannot be sent'));
    }

    private static function app(string $dsn, float $timeout): TestApp
    {
        return new TestApp(['LOG_TRANSPORT_DSN' => $dsn], ['config/packages/envelog.yaml' => "envelog: { fallback: { timeout: $timeout, retry_after: 3600 } }"]);
    }
}
