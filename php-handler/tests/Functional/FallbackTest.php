<?php

declare(strict_types=1);

namespace Envelog\Tests\Functional;

use Envelog\Tests\App\TestApp;
use Envelog\Tests\RedisServer;
use Envelog\Tests\SilentServer;
use Envelog\Tests\Wait;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;

/**
 * The transport is in trouble, and the application does not notice.
 */
final class FallbackTest extends TestCase
{
    private TestApp $app;

    protected function tearDown(): void
    {
        $this->app->shutdown();
    }

    public static function modes(): iterable
    {
        yield 'buffered' => ['{ retry_after: 1, timeout: 1 }', 'true'];
        yield 'one by one' => ['{ retry_after: 1, timeout: 1 }', 'false'];
    }

    /** @dataProvider modes */
    #[DataProvider('modes')]
    public function testNothingListens(string $fallback, string $buffer): void
    {
        $this->app = $this->app('redis://127.0.0.1:1/log-messages', $fallback, $buffer);
        $this->log(5, 'error');
        self::assertSame(5, preg_match_all('/app.ERROR: record \d .*__messenger_error=".*Connection refused/', $this->file()));
    }

    /** @dataProvider modes */
    #[DataProvider('modes')]
    public function testOneRecordWaitsForAServerThatIsSilent(string $fallback, string $buffer): void
    {
        $server = new SilentServer();
        $this->app = $this->app("redis://127.0.0.1:$server->port/log-messages", '{ retry_after: 60, timeout: 0.2 }', $buffer);
        $this->log(50, 'error');
        self::assertSame(50, substr_count($this->file(), '__messenger_error='));
        self::assertLessThanOrEqual(2, $server->connections(), 'the one that failed, and the one that phpredis tried again');
    }

    /** @dataProvider modes */
    #[DataProvider('modes')]
    public function testOtherProcessesLearnOfIt(string $fallback, string $buffer): void
    {
        $server = new SilentServer();
        $this->app = $this->app("redis://127.0.0.1:$server->port/log-messages", '{ retry_after: 60, timeout: 0.2 }', $buffer);
        self::assertSame(1, $this->app->console('app:test-logging')[0]);
        $connections = $server->connections();
        [$code, $output] = $this->app->console('app:test-logging', '--count=3');
        self::assertSame(1, $code, $output);
        self::assertStringContainsString('3 of 3 records were kept in the local file, as they could not be sent', $output);
        self::assertSame([true, 0], [$connections > 0, $server->connections()]);
    }

    /** @dataProvider modes */
    #[DataProvider('modes')]
    public function testSendsAgainWhenRedisIsBack(string $fallback, string $buffer): void
    {
        $redis = new RedisServer();
        $this->app = $this->app($redis->dsn(), $fallback, $buffer);
        $this->log(1, 'error');
        self::assertCount(1, $redis->fields());
        $redis->freeze();
        $this->log(1, 'error');
        $redis->thaw();
        self::assertSame(1, substr_count($this->file(), '__messenger_error='));
        Wait::until(function () use ($redis): bool {
            $this->log(1, 'error');

            return str_contains(implode($redis->fields()), 'record 1') && \count($redis->fields()) > 2;
        }, 'Redis gets records again');
    }

    /** @dataProvider modes */
    #[DataProvider('modes')]
    public function testRedisIsFull(string $fallback, string $buffer): void
    {
        $redis = new RedisServer('--maxmemory', '1', '--maxmemory-policy', 'noeviction');
        $this->app = $this->app($redis->dsn(query: 'delete_after_ack=1&auto_setup=0'), $fallback, $buffer);
        $this->log(2, 'error');
        self::assertSame(2, preg_match_all('/__messenger_error="OOM command not allowed/', $this->file()));
    }

    /** @dataProvider modes */
    #[DataProvider('modes')]
    public function testTheDsnIsMissing(string $fallback, string $buffer): void
    {
        $this->app = new TestApp([], ['.env' => '', 'config/packages/envelog.yaml' => "envelog: { fallback: $fallback, buffer: $buffer }"]);
        $this->log(1, 'error');
        self::assertStringContainsString('__messenger_error="Environment variable not found: \"LOG_TRANSPORT_DSN\"', $this->file());
    }

    /** @dataProvider modes */
    #[DataProvider('modes')]
    public function testADsnThatCannotBeReadIsNotShown(string $fallback, string $buffer): void
    {
        foreach (['redis://ada:hunter2@127.0.0.1:port/s', 'redis://ada:hunter2@127.0.0.1/s?host=x', 'reddis://ada:hunter2@127.0.0.1/s'] as $dsn) {
            $this->app = $this->app($dsn, $fallback, $buffer);
            $this->log(1, 'error');
            self::assertStringContainsString('__messenger_error=', $this->file());
            self::assertStringNotContainsString('hunter2', $this->file());
            $this->app->shutdown();
        }
    }

    public function testBothWaysAreClosed(): void
    {
        $this->app = $this->app('redis://127.0.0.1:1/log-messages', '{ dir: /dev/null/nowhere }', 'true');
        $before = ini_set('error_log', $this->app->directory.'/php.log');
        try {
            $this->log(3, 'error');
        } finally {
            ini_set('error_log', $before);
        }
        self::assertSame(1, substr_count(file_get_contents($this->app->directory.'/php.log'), 'envelog: log records are lost: create log directory "/dev/null/nowhere"'));
    }

    private function app(string $dsn, string $fallback, string $buffer): TestApp
    {
        return new TestApp(['LOG_TRANSPORT_DSN' => $dsn], ['config/packages/envelog.yaml' => "envelog: { fallback: $fallback, buffer: $buffer }"]);
    }

    private function log(int $count, string $level): void
    {
        for ($i = 1; $i <= $count; ++$i) {
            $this->app->logger()->log($level, "record $i", ['i' => $i]);
        }
    }

    private function file(): string
    {
        return $this->app->logs()['app-'.date('Y-m-d').'.log'] ?? '';
    }
}
