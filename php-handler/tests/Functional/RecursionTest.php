<?php

declare(strict_types=1);

namespace Envelog\Tests\Functional;

use Envelog\Tests\App\TestApp;
use Envelog\Tests\RedisServer;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;

/**
 * A record causes no other that is sent, whatever channels the handler is given.
 */
final class RecursionTest extends TestCase
{
    private const MESSENGER = <<<'YAML'
        framework:
            messenger:
                transports:
                    async_logging: '%env(LOG_TRANSPORT_DSN)%'
                    other: '%env(OTHER_DSN)%'
                routing:
                    'Envelog\LogMessage': async_logging
                buses:
                    messenger.bus.default: { middleware: [Envelog\Tests\App\LoggingMiddleware] }
        YAML;

    private const SERVICES = <<<'YAML'
        services:
            second_handler: { class: Envelog\MessengerLogHandler, arguments: ['@envelog.outbox'] }
            Envelog\Tests\App\LoggingMiddleware: { arguments: ['@logger'], tags: [{ name: monolog.logger, channel: security }] }
        YAML;

    private static RedisServer $redis;
    private TestApp $app;

    public static function setUpBeforeClass(): void
    {
        self::$redis = new RedisServer();
    }

    public static function tearDownAfterClass(): void
    {
        self::$redis->stop();
    }

    protected function setUp(): void
    {
        self::$redis->client()->flushAll();
    }

    protected function tearDown(): void
    {
        $this->app->shutdown();
    }

    public static function configurations(): iterable
    {
        foreach (['buffered' => 'true', 'one by one' => 'false'] as $mode => $buffer) {
            yield "$mode, every channel" => [$buffer, '{ a: { type: service, id: envelog.handler } }'];
            yield "$mode, channels of the dispatch alone" => [$buffer, '{ a: { type: service, id: envelog.handler, channels: [app, messenger, security] } }'];
            yield "$mode, a handler for each" => [$buffer, '{ a: { type: service, id: envelog.handler, channels: ["!security"] }, b: { type: service, id: second_handler, channels: [security] } }'];
            yield "$mode, the same handler twice" => [$buffer, '{ a: { type: service, id: envelog.handler }, b: { type: service, id: second_handler, channels: [messenger, security] } }'];
        }
    }

    /** @dataProvider configurations */
    #[DataProvider('configurations')]
    public function testOneRecordIsOneMessage(string $buffer, string $handlers): void
    {
        $this->app = $this->app($buffer, $handlers);
        $this->app->logger()->info('the only one');
        $this->app->get('envelog.outbox')->flush();
        self::assertSame(['the only one'], array_column(self::$redis->messages(), 'message'));
        $local = implode($this->app->logs());
        self::assertStringNotContainsString('An info that the dispatch causes', $local);
        // A batch does not pass the middleware, and so it causes nothing.
        self::assertSame('false' === $buffer, str_contains($local, 'An error that the dispatch causes'));
    }

    /** @dataProvider configurations */
    #[DataProvider('configurations')]
    public function testAWorkerOfTheMessagesDoesNotFeedItself(string $buffer, string $handlers): void
    {
        $this->app = $this->app($buffer, $handlers);
        for ($i = 1; $i <= 3; ++$i) {
            $this->app->logger()->info("record $i");
        }
        $this->app->get('envelog.outbox')->flush();
        self::assertCount(3, self::$redis->fields());
        [$code, $output] = $this->app->console('messenger:consume', 'async_logging', '--limit=3', '--time-limit=20', '-vv');
        self::assertSame(0, $code, $output);
        self::assertSame([], self::$redis->fields(), 'three in, three out, none came after them');
        self::assertSame(3, substr_count($this->app->logs()['app-'.date('Y-m-d').'.log'], 'record '));
    }

    /** With the README's configuration, in which the channel has a file of its own. */
    public function testADispatchIsNoSecondRecord(): void
    {
        $this->app = new TestApp(['LOG_TRANSPORT_DSN' => self::$redis->dsn()], ['config/packages/envelog.yaml' => 'envelog: { buffer: false, fallback: { timeout: 20 } }']);
        for ($i = 1; $i <= 5; ++$i) {
            $this->app->logger()->info("record $i");
        }
        $this->app->logger('messenger')->info('what another message causes', ['class' => \stdClass::class]);
        self::assertCount(5, self::$redis->fields());
        $messenger = implode($this->app->logs());
        self::assertStringNotContainsString('LogMessage', $messenger);
        self::assertStringContainsString('what another message causes', $messenger);
    }

    public function testAWorkerOfOtherMessagesSendsWhatItLogs(): void
    {
        $this->app = $this->app('true', '{ a: { type: service, id: envelog.handler } }');
        [$code, $output] = $this->app->console('messenger:consume', 'other', '--time-limit=1', '--sleep=0.05');
        self::assertSame(0, $code, $output);
        self::assertContains('Worker stopped due to time limit of 1s exceeded', array_column(self::$redis->messages(), 'message'));
    }

    private function app(string $buffer, string $handlers): TestApp
    {
        return new TestApp(['LOG_TRANSPORT_DSN' => self::$redis->dsn(), 'OTHER_DSN' => self::$redis->dsn('other')], [
            'config/packages/envelog.yaml' => "envelog: { buffer: $buffer, fallback: { timeout: 20 } }",
            'config/packages/monolog.yaml' => "monolog: { channels: [security], handlers: $handlers }",
            'config/packages/messenger.yaml' => self::MESSENGER,
            'config/services.yaml' => self::SERVICES,
        ]);
    }
}
