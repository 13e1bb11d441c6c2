<?php

declare(strict_types=1);

namespace Envelog\Tests;

use Envelog\MessengerLogHandler;
use Envelog\Tests\App\TestApp;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;

final class EnvelogBundleTest extends TestCase
{
    public static function commands(): iterable
    {
        yield 'its services fit together' => [['lint:container'], 'type'];
        yield 'its configuration explains itself' => [['config:dump-reference', 'envelog'], 'From this level on, a record does not wait'];
        yield 'its configuration shows' => [['debug:config', 'envelog'], 'retry_after: 5'];
        yield 'its handler of messages is found' => [['debug:messenger'], 'handled by envelog.message_handler'];
        yield 'its command explains itself' => [['help', 'app:test-logging'], 'Logs records of every level'];
    }

    /** @dataProvider commands */
    #[DataProvider('commands')]
    public function testInAnApplication(array $command, string $expected): void
    {
        $app = new TestApp();
        [$code, $output] = $app->console(...$command);
        self::assertSame(0, $code, $output);
        self::assertStringContainsString($expected, $output);
    }

    public function testTheHandlerIsThatOfMonologYaml(): void
    {
        $app = new TestApp();
        self::assertInstanceOf(MessengerLogHandler::class, $app->get('envelog.handler'));
        self::assertContains($app->get('envelog.handler'), $app->logger()->getHandlers());
        $app->shutdown();
    }
}
