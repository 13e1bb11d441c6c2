<?php

declare(strict_types=1);

namespace Envelog\Tests\Functional;

use Envelog\Tests\App\TestApp;
use Envelog\Tests\RedisServer;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;

/**
 * The handler behind Monolog's wrapping handlers, as MonologBundle builds them, and with a level and without bubbling.
 */
final class WrappingTest extends TestCase
{
    private static RedisServer $redis;
    private ?TestApp $app = null;

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
        $this->app?->shutdown();
    }

    public static function wrappers(): iterable
    {
        yield 'fingers_crossed' => ['{ type: fingers_crossed, action_level: error, handler: inner }', ['info', 'error'], 1];
        yield 'fingers_crossed without an error' => ['{ type: fingers_crossed, action_level: critical, handler: inner }', [], 0];
        yield 'group' => ['{ type: group, members: [inner] }', ['info', 'error'], null];
        yield 'whatfailuregroup' => ['{ type: whatfailuregroup, members: [inner] }', ['info', 'error'], null];
        yield 'deduplication' => ['{ type: deduplication, handler: inner, store: "%kernel.project_dir%/dedup" }', ['info', 'error'], 1];
        yield 'filter' => ['{ type: filter, handler: inner, accepted_levels: [error] }', ['error'], null];
        yield 'buffer' => ['{ type: buffer, handler: inner }', ['info', 'error'], 1];
    }

    /**
     * @param int|null $batches in how many round trips they leave; null for any number
     *
     * @dataProvider wrappers
     */
    #[DataProvider('wrappers')]
    public function testWrapped(string $wrapper, array $expected, ?int $batches): void
    {
        $this->app = $this->app("monolog: { handlers: { outer: $wrapper, inner: { type: service, id: envelog.handler, nested: true } } }");
        $this->app->logger()->info('info');
        $this->app->logger()->error('error');
        $this->app->logger()->close();
        $this->app->get('envelog.outbox')->flush();
        self::assertSame($expected, array_column(self::$redis->messages(), 'message'));
        if (null !== $batches) {
            self::assertSame($batches, $this->scripts());
        }
    }

    public function testLevelAndBubble(): void
    {
        $this->app = $this->app(
            "monolog: { handlers: { a: { type: service, id: envelog.handler }, z: { type: stream, path: '%kernel.logs_dir%/all.log', level: debug } } }",
            'envelog: { level: warning, bubble: false, fallback: { timeout: 20 } }',
        );
        $this->app->logger()->info('below');
        $this->app->logger()->warning('taken');
        $this->app->get('envelog.outbox')->flush();
        self::assertSame(['taken'], array_column(self::$redis->messages(), 'message'));
        self::assertStringContainsString('below', $this->app->logs()['all.log']);
        self::assertStringNotContainsString('taken', $this->app->logs()['all.log']);
    }

    private function scripts(): int
    {
        preg_match('/calls=(\d+)/', self::$redis->client()->info('commandstats')['cmdstat_eval'] ?? '', $calls);

        return (int) ($calls[1] ?? 0);
    }

    private function app(string $monolog, string $envelog = 'envelog: { fallback: { timeout: 20 } }'): TestApp
    {
        self::$redis->client()->rawCommand('CONFIG', 'RESETSTAT');

        return new TestApp(['LOG_TRANSPORT_DSN' => self::$redis->dsn()], ['config/packages/monolog.yaml' => $monolog, 'config/packages/envelog.yaml' => $envelog]);
    }
}
