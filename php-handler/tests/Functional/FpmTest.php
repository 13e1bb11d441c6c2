<?php

declare(strict_types=1);

namespace Envelog\Tests\Functional;

use Envelog\Tests\App\Fpm;
use Envelog\Tests\App\TestApp;
use Envelog\Tests\FaultServer;
use Envelog\Tests\RedisServer;
use Envelog\Tests\SilentServer;
use Envelog\Tests\Wait;
use PHPUnit\Framework\TestCase;
use Symfony\Component\Messenger\Bridge\Redis\Transport\Connection;

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

    /** "persistent_id" of the DSN, which Symfony 5.4 does not know. */
    public function testAConnectionCanOutliveTheRequest(): void
    {
        $redis = new RedisServer();
        $redis->client()->config('SET', 'requirepass', 'secret');
        $proxy = new FaultServer('deaf:3600', $redis->port);
        $isKnown = \array_key_exists('persistent_id', (new \ReflectionClassConstant(Connection::class, 'DEFAULT_OPTIONS'))->getValue());
        $fpm = new Fpm(self::app("redis://secret@127.0.0.1:$proxy->port/log-messages?delete_after_ack=1".($isKnown ? '&persistent_id=logs&dbindex=1' : ''), 20), 1);
        for ($i = 0; $i < 4; ++$i) {
            self::assertSame('logged', $fpm->get("messages[]=request-$i"));
        }
        self::assertSame('logged', $fpm->get('')); // the only child has sent the others now
        $client = new \Redis();
        $client->connect('127.0.0.1', $redis->port);
        $client->auth('secret');
        $client->select($isKnown ? 1 : 0);
        $count = static fn () => \count(array_filter($client->xRange('log-messages', '-', '+'), static fn (array $entry) => str_contains($entry['message'], 'request-')));
        Wait::until(static fn () => $count() >= 4, 'all have arrived');
        self::assertSame($isKnown ? 1 : 4, min(4, $proxy->connections()));
    }

    private static function app(string $dsn, float $timeout): TestApp
    {
        return new TestApp(['LOG_TRANSPORT_DSN' => $dsn], ['config/packages/envelog.yaml' => "envelog: { fallback: { timeout: $timeout, retry_after: 3600 } }"]);
    }
}
