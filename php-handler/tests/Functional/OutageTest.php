<?php

declare(strict_types=1);

namespace Envelog\Tests\Functional;

use Envelog\Event\SendingFailed;
use Envelog\Event\SendingResumed;
use Envelog\Tests\App\TestApp;
use Envelog\Tests\RedisServer;
use Envelog\Tests\Wait;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;

/**
 * Whoever is on call learns of an outage, once when it begins and once when it ends.
 */
final class OutageTest extends TestCase
{
    private ?TestApp $app = null;
    private string $errorLog;

    protected function setUp(): void
    {
        $this->errorLog = tempnam(sys_get_temp_dir(), 'envelog-error-log');
        ini_set('error_log', $this->errorLog);
    }

    protected function tearDown(): void
    {
        $this->app?->shutdown();
        ini_set('error_log', '/dev/null');
        unlink($this->errorLog);
    }

    public static function outages(): iterable
    {
        foreach (['buffered' => 'true', 'one by one' => 'false'] as $mode => $buffer) {
            yield "$mode, it refuses" => [$buffer, 'refused', null, [], 'Connection refused'];
            yield "$mode, it is out of memory" => [$buffer, 'redis', ['--maxmemory', '1', '--maxmemory-policy', 'noeviction'], [], 'OOM command not allowed'];
            yield "$mode, it is read-only" => [$buffer, 'redis', ['--replicaof', '127.0.0.1 1', '--replica-read-only', 'yes', '--replica-serve-stale-data', 'yes'], [], 'READONLY'];
            yield "$mode, another type" => [$buffer, 'redis', [], ['SET', 'log-messages', 'x'], 'WRONGTYPE'];
            yield "$mode, no permission" => [$buffer, 'redis', [], ['ACL', 'SETUSER', 'default', 'reset', 'on', 'nopass', '+@all', '-@scripting', '-xadd', '~*'], "no permissions to run the '"];
            yield "$mode, too many clients" => [$buffer, 'redis', [], ['CONFIG', 'SET', 'maxclients', '1'], ''];
            yield "$mode, an empty DSN" => [$buffer, 'empty', null, [], ''];
            yield "$mode, no DSN" => [$buffer, 'none', null, [], 'Environment variable not found'];
        }
    }

    /** @dataProvider outages */
    #[DataProvider('outages')]
    public function testItIsSaidOnce(string $buffer, string $dsn, ?array $options, array $command, string $reason): void
    {
        $redis = null === $options ? null : new RedisServer(...$options);
        $client = $redis?->client();
        $client && $command && $client->rawCommand(...$command);
        $dsn = ['refused' => 'redis://127.0.0.1:1/s?auto_setup=0', 'empty' => '', 'redis' => $redis?->dsn(query: 'delete_after_ack=1&auto_setup=0')][$dsn] ?? null;
        $this->app = $this->app($dsn, $buffer, 60);
        $events = [];
        $this->app->get('event_dispatcher')->addListener(SendingFailed::class, static function (SendingFailed $event) use (&$events): void {
            $events[] = $event->reason;
        });
        for ($i = 0; $i < 5; ++$i) {
            $this->app->logger()->error("record $i");
        }
        self::assertCount(1, $events);
        self::assertStringContainsString($reason, $events[0]);
        self::assertSame(1, substr_count(file_get_contents($this->errorLog), 'envelog: Log records cannot be sent ('));
        self::assertStringContainsString($reason, file_get_contents($this->errorLog));
        self::assertSame(5, substr_count($this->file('app'), '__messenger_error='));
        $messenger = $this->file('messenger');
        self::assertSame(1, substr_count($messenger, 'messenger.ERROR: Log records cannot be sent'), 'on the channel of Messenger');
        self::assertStringNotContainsString('Sending message', $messenger, 'and nothing else there');

        // Another process of the application knows it, and says nothing.
        [$code, $output] = $this->app->console('app:test-logging', '--count=1');
        self::assertSame(1, $code, $output);
        self::assertStringContainsString('could not be sent: ', $output);
        self::assertSame(1, substr_count($this->file('messenger'), 'Log records cannot be sent'));
    }

    public function testItsEndIsSaidOnce(): void
    {
        $redis = new RedisServer();
        $this->app = $this->app($redis->dsn(), 'true', 1);
        $seconds = [];
        $this->app->get('event_dispatcher')->addListener(SendingResumed::class, static function (SendingResumed $event) use (&$seconds): void {
            $seconds[] = $event->seconds;
        });
        $redis->client()->config('SET', 'maxmemory', '1');
        $this->app->logger()->error('kept');
        $redis->client()->config('SET', 'maxmemory', '0');
        Wait::until(function () use ($redis): bool {
            $this->app->logger()->error('again');

            return \count($redis->fields()) >= 3;
        }, 'records are sent again');
        self::assertCount(1, $seconds);
        self::assertSame(1, substr_count(file_get_contents($this->errorLog), 'envelog: Log records are sent again, after '));
        self::assertStringContainsString('app:logs:replay', file_get_contents($this->errorLog));
        self::assertSame(1, substr_count($this->file('messenger'), 'Log records are sent again'));
    }

    public function testAChannelThatHasEnvelogsHandlerDoesNotMakeItRecur(): void
    {
        $this->app = $this->app('redis://127.0.0.1:1/s', 'true', 60, 'monolog: { handlers: { a: { type: service, id: envelog.handler } } }');
        $this->app->logger()->error('one');
        self::assertSame(1, substr_count($this->file('app'), '__messenger_error='));
        self::assertSame(1, substr_count($this->file('messenger'), 'Log records cannot be sent'), 'in the local file');
        self::assertSame(1, $this->app->get('envelog.outbox')->kept(), 'and it is none of the application\'s');
    }

    public function testAListenerThatThrowsHarmsNobody(): void
    {
        $this->app = $this->app('redis://127.0.0.1:1/s', 'true', 60);
        $this->app->get('event_dispatcher')->addListener(SendingFailed::class, static fn () => throw new \DomainException('no'));
        $this->app->logger()->error('one');
        self::assertSame(1, substr_count($this->file('app'), '__messenger_error='));
    }

    private function app(?string $dsn, string $buffer, int $retryAfter, ?string $monolog = null): TestApp
    {
        $files = ['config/packages/envelog.yaml' => "envelog: { buffer: $buffer, fallback: { timeout: 5, retry_after: $retryAfter } }"];

        // proc_open() hands no empty variable on.
        return new TestApp(in_array($dsn, [null, ''], true) ? [] : ['LOG_TRANSPORT_DSN' => $dsn], $files + (null === $monolog ? [] : ['config/packages/monolog.yaml' => $monolog]) + (null === $dsn ? ['.env' => ''] : []) + ('' === $dsn ? ['.env' => 'LOG_TRANSPORT_DSN='] : []));
    }

    private function file(string $channel): string
    {
        return $this->app->logs()["$channel-".date('Y-m-d').'.log'] ?? '';
    }
}
