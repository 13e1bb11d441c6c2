<?php

declare(strict_types=1);

namespace Envelog\Tests\Outbox;

use Envelog\Outbox\BusSender;
use Envelog\Outbox\Deadline;
use Envelog\Outbox\SendReport;
use Envelog\Tests\Records;
use PHPUnit\Framework\TestCase;
use Symfony\Component\Messenger\Envelope;
use Symfony\Component\Messenger\MessageBusInterface;

final class BusSenderTest extends TestCase
{
    /** @var list<string> */
    private array $dispatched = [];

    public function testDispatchesEachMessage(): void
    {
        $report = $this->sender(static fn () => null)->send([Records::message('one'), Records::message('two')], new Deadline(20));
        self::assertEquals(new SendReport(), $report);
        self::assertSame(['one', 'two'], $this->dispatched);
    }

    public function testGivesUpAtTheFirstFailure(): void
    {
        $report = $this->sender(static fn (string $message) => 'two' === $message ? throw new \RedisException('Connection lost') : null)
            ->send([Records::message('one'), Records::message('two'), Records::message('three')], new Deadline(20));
        self::assertEquals(new SendReport([1 => 'Connection lost', 2 => 'Connection lost'], 'Connection lost'), $report);
        self::assertSame(['one', 'two'], $this->dispatched);
    }

    public function testABusThatCannotBeMade(): void
    {
        $report = (new BusSender(static fn () => throw new \LogicException('no bus')))->send([Records::message('one')], new Deadline(20));
        self::assertEquals(new SendReport(['no bus'], 'no bus'), $report);
    }

    public function testBoundsTheWaitingOfTheTransport(): void
    {
        $before = ini_get('default_socket_timeout');
        $during = null;
        $this->sender(static function () use (&$during): void {
            $during = ini_get('default_socket_timeout');
        })->send([Records::message('one')], new Deadline(1.2));
        self::assertSame('2', $during, 'whole seconds');
        self::assertSame($before, ini_get('default_socket_timeout'));
    }

    private function sender(\Closure $do): BusSender
    {
        $bus = new class($do, $this->dispatched) implements MessageBusInterface {
            public function __construct(private \Closure $do, private array &$dispatched)
            {
            }

            public function dispatch(object $message, array $stamps = []): Envelope
            {
                $this->dispatched[] = $message->message;
                ($this->do)($message->message);

                return Envelope::wrap($message, $stamps);
            }
        };

        return new BusSender(static fn () => $bus);
    }
}
