<?php

declare(strict_types=1);

namespace Envelog\Tests\Functional;

use Envelog\Tests\App\TestApp;
use Envelog\Tests\RedisServer;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;

/**
 * What waits leaves with the process, however that ends.
 */
final class ShutdownTest extends TestCase
{
    public static function ends(): iterable
    {
        yield 'it returns' => ['return'];
        yield 'it exits' => ['exit'];
        yield 'it throws' => ['exception'];
        yield 'it runs out of memory' => ['memory'];
    }

    /** @dataProvider ends */
    #[DataProvider('ends')]
    public function testSendsWhatWaitsWhen(string $end): void
    {
        $redis = new RedisServer();
        $app = new TestApp(['LOG_TRANSPORT_DSN' => $redis->dsn()], ['config/packages/envelog.yaml' => 'envelog: { fallback: { timeout: 20 } }']);
        $app->run('script.php', $end)->wait();
        $messages = array_column($redis->messages(), 'message');
        self::assertContains('before the end', $messages);
        self::assertContains('logged at shutdown', $messages);
        self::assertSame([], $app->logs());
    }
}
