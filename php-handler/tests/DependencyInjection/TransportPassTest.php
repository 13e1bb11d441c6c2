<?php

declare(strict_types=1);

namespace Envelog\Tests\DependencyInjection;

use Envelog\Outbox\BusSender;
use Envelog\Outbox\Sender;
use Envelog\Redis\RedisSender;
use Envelog\Tests\App\TestApp;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;
use Symfony\Component\DependencyInjection\Exception\LogicException;

final class TransportPassTest extends TestCase
{
    private ?TestApp $app = null;

    protected function tearDown(): void
    {
        $this->app?->shutdown();
    }

    public static function senders(): iterable
    {
        yield 'as the README says' => [RedisSender::class, []];
        yield 'a buffer that is switched off' => [BusSender::class, ['config/packages/envelog.yaml' => 'envelog: { buffer: false }']];
        yield 'another kind of transport' => [BusSender::class, [], ['LOG_TRANSPORT_DSN' => 'in-memory://']];
        yield 'a transport with options' => [RedisSender::class, self::messenger('{ transports: { async_logging: { dsn: "redis://localhost", options: { stream: s } } }, routing: { "*": async_logging } }')];
        yield 'two transports' => [BusSender::class, self::messenger('{ transports: { async_logging: "redis://localhost", audit: "in-memory://" }, routing: { Envelog\LogMessage: [async_logging, audit] } }')];
        yield 'several buses' => [RedisSender::class, self::messenger('{ transports: { async_logging: "redis://localhost" }, routing: { Envelog\LogMessage: async_logging }, default_bus: a.bus, buses: { a.bus: ~, b.bus: ~ } }') + ['config/packages/envelog.yaml' => 'envelog: { bus: b.bus }']];
    }

    /** @dataProvider senders */
    #[DataProvider('senders')]
    public function testPicksTheSender(string $expected, array $files, array $environment = []): void
    {
        $this->app = new TestApp($environment, $files);
        self::assertInstanceOf($expected, $this->sender());
    }

    public static function mistakes(): iterable
    {
        yield 'a transport that is not there' => [
            ['config/packages/envelog.yaml' => 'envelog: { transport: logs }'],
            'envelog.transport is "logs", which framework.messenger.transports does not have; it has: "async_logging".',
        ];
        yield 'a bus that is not there' => [
            ['config/packages/envelog.yaml' => 'envelog: { bus: command.bus }'],
            'envelog.bus is "command.bus", which is no message bus; there are: "messenger.bus.default".',
        ];
        yield 'no routing' => [
            self::messenger('{ transports: { async_logging: "redis://localhost" } }'),
            "add below routing: 'Envelog\LogMessage': async_logging",
        ];
        yield 'a routing to elsewhere' => [
            self::messenger('{ transports: { async_logging: "redis://localhost", other: "redis://localhost/other" }, routing: { Envelog\LogMessage: other } }'),
            'must send "Envelog\LogMessage" to the transport "async_logging"',
        ];
        yield 'no Messenger' => [self::messenger('false') + ['config/packages/envelog.yaml' => 'envelog: { transport: logs }'], 'envelog needs Messenger: configure framework.messenger'];
        yield 'the variable of the application\'s own messages' => [
            self::messenger('{ transports: { async: "%env(MESSENGER_TRANSPORT_DSN)%", async_logging: "%env(MESSENGER_TRANSPORT_DSN)%" }, routing: { Envelog\LogMessage: async_logging } }'),
            'The transport "async" uses the same stream as the log messages ("%env(MESSENGER_TRANSPORT_DSN)%")',
        ];
        yield 'the same stream in other words' => [
            self::messenger('{ transports: { async: "redis://localhost", async_logging: "redis://127.0.0.1:6379/messages/group" }, routing: { Envelog\LogMessage: async_logging } }'),
            'The transport "async" uses the same stream as the log messages ("messages")',
        ];
    }

    /** @dataProvider mistakes */
    #[DataProvider('mistakes')]
    public function testSaysWhatIsWrong(array $files, string $message): void
    {
        $this->app = new TestApp([], $files);
        $this->expectException(LogicException::class);
        $this->expectExceptionMessage($message);
        $this->app->kernel();
    }

    private function sender(): Sender
    {
        $property = static fn (object $object, string $name) => (new \ReflectionProperty($object, $name))->getValue($object);

        return $property($property($property($this->app->get('envelog.outbox'), 'delivery'), 'sender'), 'make')();
    }

    private static function messenger(string $yaml): array
    {
        return ['config/packages/messenger.yaml' => "framework: { messenger: $yaml }"];
    }
}
