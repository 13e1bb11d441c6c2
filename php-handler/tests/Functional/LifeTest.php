<?php

declare(strict_types=1);

namespace Envelog\Tests\Functional;

use Envelog\Tests\App\ScriptProcess;
use Envelog\Tests\App\TestApp;
use Envelog\Tests\FaultServer;
use Envelog\Tests\RedisServer;
use Envelog\Tests\Wait;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;

/**
 * What waits survives forks and signals.
 */
final class LifeTest extends TestCase
{
    private RedisServer $redis;
    private TestApp $app;

    protected function setUp(): void
    {
        $this->redis = new RedisServer();
        $this->app = $this->app($this->redis->dsn());
    }

    public function testARecordBeforeThreeForksArrivesOnce(): void
    {
        $process = $this->app->run('life.php', 'fork');
        $output = stream_get_contents($process->output);
        self::assertSame(0, $process->wait(), $output);
        $messages = $this->messages();
        sort($messages);
        self::assertSame(['before', 'child 0', 'child 1', 'child 2', 'parent'], $messages);
        self::assertSame([], $this->app->logs());
    }

    public function testChildrenLeaveTheConnectionOfTheParentOpen(): void
    {
        $proxy = new FaultServer('deaf:3600', $this->redis->port);
        $this->app = $this->app("redis://127.0.0.1:$proxy->port/log-messages?delete_after_ack=1");
        $process = $this->app->run('life.php', 'forkConnected');
        $output = stream_get_contents($process->output);
        self::assertSame(0, $process->wait(), $output);
        $messages = $this->messages();
        self::assertSame(['before', 'connected'], \array_slice($messages, 0, 2));
        self::assertCount(10, $messages);
        self::assertSame(4, $proxy->connections(), 'one of the parent, and one of each child');
    }

    public static function signals(): iterable
    {
        yield 'SIGTERM' => [\SIGTERM];
        yield 'SIGINT' => [\SIGINT];
        yield 'SIGHUP' => [\SIGHUP];
    }

    /** @dataProvider signals */
    #[DataProvider('signals')]
    public function testASignalTakesNothingAlong(int $signal): void
    {
        $process = $this->ready('wait');
        $process->signal($signal);
        self::assertContains($process->waitForSignal(), self::ends($signal), 'it ends as it would have');
        self::assertSame(['before'], $this->messages());
    }

    /** @dataProvider signals */
    #[DataProvider('signals')]
    public function testASignalWhileABatchIsSent(int $signal): void
    {
        $slow = new FaultServer('slow:1'); // and its answer is no confirmation
        $this->app = $this->app("redis://127.0.0.1:$slow->port/log-messages?delete_after_ack=1");
        $process = $this->app->run('life.php', 'flush');
        Wait::until(static fn () => $slow->connections() > 0, 'the batch is on its way');
        $process->signal($signal);
        self::assertContains($process->waitForSignal(), self::ends($signal));
        self::assertSame(2, substr_count(implode($this->app->logs()), '__messenger_error='));
    }

    public function testExitWhileABatchIsSent(): void
    {
        $mute = new FaultServer('mute:0,1', $this->redis->port);
        $this->app = $this->app("redis://127.0.0.1:$mute->port/log-messages?delete_after_ack=1");
        $process = $this->app->run('life.php', 'exitInFlush');
        self::assertSame(7, $process->wait());
        self::assertSame(2, substr_count(implode($this->app->logs()), 'sending was interrupted'));
    }

    /** What cannot be caught is named in the README's limits. */
    public function testWithoutPcntlASignalEndsTheCommandAsItAlwaysDid(): void
    {
        $process = $this->ready('wait', '-d', 'disable_functions=pcntl_signal');
        $process->signal(\SIGTERM);
        self::assertSame(\SIGTERM, $process->waitForSignal());
        self::assertSame([], $this->messages());
        self::assertStringContainsString('Without it they end PHP at once, and what waits is lost', preg_replace('/\s+/', ' ', file_get_contents(\dirname(__DIR__, 2).'/README.md')));
    }

    public function testASignalThatIsIgnoredStaysIgnored(): void
    {
        $process = $this->ready('wait', '--nohup');
        $process->signal(\SIGHUP);
        $process->signal(\SIGTERM);
        self::assertNotSame(\SIGHUP, $process->waitForSignal());
        self::assertSame(['before'], $this->messages());
    }

    public function testAWorkerOfMessengerStopsByItself(): void
    {
        $this->app = new TestApp(['LOG_TRANSPORT_DSN' => $this->redis->dsn(), 'OTHER_DSN' => $this->redis->dsn('other')], [
            'config/packages/messenger.yaml' => "framework: { messenger: { transports: { async_logging: '%env(LOG_TRANSPORT_DSN)%', other: '%env(OTHER_DSN)%' }, routing: { Envelog\LogMessage: async_logging } } }",
            'config/packages/envelog.yaml' => 'envelog: { fallback: { timeout: 20 } }',
            'config/packages/monolog.yaml' => "monolog: { handlers: { a: { type: service, id: envelog.handler }, b: { type: stream, path: 'php://stdout', channels: [messenger], level: debug } } }",
        ]);
        $process = $this->app->run('console.php', 'messenger:consume', 'other', '--sleep=0.01', '-vv');
        $client = $this->redis->client();
        Wait::until(static fn () => 1 === $client->exists('other'), 'the worker has read', 60);
        $process->signal(\SIGTERM);
        self::assertSame(0, $process->waitForSignal());
        self::assertContains('Stopping worker.', $this->messages());
    }

    /** @return list<int> by what a command may end: Symfony turns two of the signals into an exit of its own, 0 here, until 6.4 always */
    private static function ends(int $signal): array
    {
        return \SIGHUP === $signal ? [$signal] : [$signal, 0];
    }

    private function ready(string $what, string ...$options): ScriptProcess
    {
        $process = $this->app->runWith($options, 'life.php', $what);
        self::assertSame("ready\n", fgets($process->output));

        return $process;
    }

    /** @return list<string> */
    private function messages(): array
    {
        return array_values(array_filter(array_column($this->redis->messages(), 'message'), static fn (string $m) => !str_starts_with($m, 'Command ')));
    }

    private function app(string $dsn): TestApp
    {
        return new TestApp(['LOG_TRANSPORT_DSN' => $dsn], ['config/packages/envelog.yaml' => 'envelog: { fallback: { timeout: 20 }, buffer: { seconds: 3600 } }']);
    }
}
