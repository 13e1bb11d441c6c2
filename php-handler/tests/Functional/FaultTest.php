<?php

declare(strict_types=1);

namespace Envelog\Tests\Functional;

use Envelog\Tests\App\TestApp;
use Envelog\Tests\FaultServer;
use Envelog\Tests\RedisServer;
use Envelog\Tests\SilentServer;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;

/**
 * Servers that make a client wait. However they do it, one flush takes as long as it may, and no longer.
 */
final class FaultTest extends TestCase
{
    private const TIMEOUT = 0.3;
    /** A machine that is busy with other work may be late by some seconds; each fault would cost more than this, or be endless. */
    private const AT_MOST = 6.0;

    private ?TestApp $app = null;

    protected function tearDown(): void
    {
        $this->app?->shutdown();
    }

    /** @return iterable<string, array{\Closure(): object, string, string}> server, DSN, and what the local file says */
    public static function faults(): iterable
    {
        $silent = static fn () => new SilentServer();
        $fault = static fn (string $mode) => static fn () => new FaultServer($mode);
        yield 'it is silent' => [$silent, 'redis://127.0.0.1:%d/logs', 'timed out after 0.3 s'];
        yield 'it is silent at the password' => [$silent, 'redis://user:secret@127.0.0.1:%d/logs?dbindex=3', 'timed out after 0.3 s'];
        yield 'it is silent at TLS' => [$silent, 'rediss://127.0.0.1:%d/logs', 'timed out after 0.3 s, waiting for TLS'];
        yield 'a connection that outlives the request' => [$silent, 'redis://127.0.0.1:%d/logs?persistent_id=x', 'timed out after'];
        yield 'sentinels are silent' => [$silent, 'redis://127.0.0.1:%1$d,redis://127.0.0.1:%1$d/logs?sentinel_master=m', 'no sentinel names the master'];
        yield 'each step is slow' => [$fault('slow:0.2'), 'redis://user:secret@127.0.0.1:%d/logs?dbindex=3', 'timed out after 0.3 s'];
        yield 'it drips' => [$fault('drip'), 'redis://127.0.0.1:%d/logs', 'timed out after 0.3 s'];
        yield 'it drips at the password' => [$fault('drip'), 'redis://user:secret@127.0.0.1:%d/logs', 'timed out after 0.3 s'];
        yield 'its queue is full' => [$fault('backlog'), 'redis://127.0.0.1:%d/logs', 'connect to 127.0.0.1:'];
        yield 'it has too many clients' => [$fault("say:-ERR max number of clients reached\r\n"), 'redis://127.0.0.1:%d/logs', 'max number of clients reached'];
        yield 'it is no Redis' => [$fault("say:HTTP/1.1 400 Bad Request\r\n\r\n"), 'redis://127.0.0.1:%d/logs', 'does not speak the protocol of Redis'];
        yield 'it closes' => [$fault('say:'), 'redis://127.0.0.1:%d/logs', 'closed the connection'];
    }

    /** @dataProvider faults */
    #[DataProvider('faults')]
    public function testOneDeadlineForAllThatAFlushDoes(\Closure $server, string $dsn, string $reason): void
    {
        if (str_contains($dsn, 'persistent_id') || str_contains($dsn, 'sentinel')) {
            // Symfony 5.4 does not know them.
            $dsn = $this->knows('persistent_id') ? $dsn : 'redis://127.0.0.1:%d/logs';
            $reason = $this->knows('persistent_id') ? $reason : 'timed out after';
        }
        $server = $server();
        $this->app = $this->app(sprintf($dsn, $server->port), self::TIMEOUT);
        $this->app->logger(); // and now the container is built
        $start = hrtime(true);
        $this->app->logger()->error('one');
        $this->app->get('envelog.handler')->close();
        $seconds = (hrtime(true) - $start) / 1e9;
        self::assertLessThan(self::AT_MOST, $seconds);
        self::assertStringContainsString('one __messenger_error=', $this->file());
        self::assertStringContainsString($reason, $this->file());
        self::assertStringNotContainsString('secret', $this->file());
    }

    /** What the deadline is for: a hundred times as many bytes that drip, and a tenth of the time, say nothing to each other. */
    public function testTheWaitFollowsTheTimeout(): void
    {
        $server = new FaultServer('drip');
        $times = [];
        foreach ([0.1, 2.0] as $timeout) {
            $this->app?->shutdown();
            $this->app = $this->app("redis://127.0.0.1:$server->port/logs", $timeout);
            $this->app->logger();
            $start = hrtime(true);
            $this->app->logger()->error('one');
            $times[] = (hrtime(true) - $start) / 1e9;
        }
        self::assertGreaterThanOrEqual(2.0, $times[1]);
        self::assertLessThan($times[1], $times[0]);
    }

    public function testAConnectionThatWasForgottenWhileIdleIsReplaced(): void
    {
        $redis = new RedisServer();
        $proxy = new FaultServer('deaf:1', $redis->port);
        $this->app = $this->app("redis://127.0.0.1:$proxy->port/log-messages?delete_after_ack=1", 20);
        $this->app->logger()->error('before');
        $until = hrtime(true) + 2.5e9; // what is tested is that time passes
        while (hrtime(true) < $until) {
            usleep(50000);
        }
        $start = hrtime(true);
        $this->app->logger()->error('after');
        self::assertLessThan(15, (hrtime(true) - $start) / 1e9, 'it does not wait for the one that is deaf');
        self::assertSame(['before', 'after'], array_column($redis->messages(), 'message'));
        self::assertSame([], $this->app->logs());
        self::assertSame(2, $proxy->connections());
    }

    public function testAConnectionThatWasClosedIsReplaced(): void
    {
        $redis = new RedisServer();
        $this->app = $this->app($redis->dsn(), 20);
        $this->app->logger()->error('before');
        $redis->client()->rawCommand('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
        $this->app->logger()->error('after');
        self::assertSame(['before', 'after'], array_column($redis->messages(), 'message'));
        self::assertSame([], $this->app->logs());
    }

    public function testARedisThatStartsAgainIsUsedAgain(): void
    {
        $redis = new RedisServer();
        $this->app = $this->app($redis->dsn(), 20);
        $this->app->logger()->error('before');
        $redis->restart();
        $this->app->logger()->error('after');
        self::assertSame(['after'], array_column($redis->messages(), 'message'));
        self::assertSame([], $this->app->logs());
    }

    public function testConnectionsOutliveTheFlushAndAreKeptAlive(): void
    {
        $redis = new RedisServer();
        $proxy = new FaultServer('deaf:3600', $redis->port);
        $this->app = $this->app("redis://127.0.0.1:$proxy->port/log-messages?delete_after_ack=1", 20);
        for ($i = 0; $i < 20; ++$i) {
            $this->app->logger()->error("record $i");
        }
        self::assertSame(1, $proxy->connections());
        self::assertCount(20, $redis->fields());
        if (is_readable('/proc/net/tcp')) {
            // Timer 02 of a socket is its keepalive.
            self::assertMatchesRegularExpression(sprintf('/^ *\d+: [0-9A-F]{8}:[0-9A-F]{4} [0-9A-F]{8}:%04X 01 \S+ 02:/m', $proxy->port), file_get_contents('/proc/net/tcp'));
        }
    }

    private function knows(string $option): bool
    {
        return \array_key_exists($option, (new \ReflectionClassConstant(\Symfony\Component\Messenger\Bridge\Redis\Transport\Connection::class, 'DEFAULT_OPTIONS'))->getValue());
    }

    private function app(string $dsn, float $timeout): TestApp
    {
        return new TestApp(['LOG_TRANSPORT_DSN' => $dsn], ['config/packages/envelog.yaml' => "envelog: { fallback: { timeout: $timeout, retry_after: 60 } }"]);
    }

    private function file(): string
    {
        return $this->app->logs()['app-'.date('Y-m-d').'.log'] ?? '';
    }
}
