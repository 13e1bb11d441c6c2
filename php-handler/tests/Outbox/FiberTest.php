<?php

declare(strict_types=1);

namespace Envelog\Tests\Outbox;

use Envelog\Tests\Directory;
use Envelog\Tests\Records;
use PHPUnit\Framework\TestCase;

/**
 * The recursion guard is that of one fiber: what another one logs while the first one sends is not its doing.
 */
final class FiberTest extends TestCase
{
    public function testWhatAnotherFiberLogsMeanwhileIsSent(): void
    {
        $directory = new Directory();
        $sender = new RecordingSender();
        $outbox = Outboxes::make($sender, $directory->path);
        $add = static fn (string $message, string $level) => $outbox->add(Records::message($message, $level), Records::level($level));
        $sender->do = static function () use ($sender, $add): void {
            if (1 === \count($sender->batches)) {
                $add('caused by sending', 'WARNING');
                \Fiber::suspend(); // as an event loop would while it waits for Redis
                $add('caused by sending, too', 'WARNING');
            }
        };
        $first = new \Fiber(static fn () => $add('first', 'ERROR'));
        $first->start();
        $second = new \Fiber(static fn () => $add('second', 'ERROR'));
        $second->start();
        $add('outside', 'ERROR');
        self::assertSame([['first']], $sender->batches, 'nobody uses the connection meanwhile');
        $first->resume();
        self::assertSame([['first'], ['second', 'outside']], $sender->batches);
        $local = implode($directory->read());
        self::assertSame(1, substr_count($local, 'caused by sending '."\n") + substr_count($local, "caused by sending\n"));
        self::assertStringContainsString('caused by sending, too', $local);
        self::assertStringNotContainsString('second', $local);
        self::assertStringNotContainsString('outside', $local);
    }

    public function testAFiberThatIsGivenUpWhileItSendsBlocksNobody(): void
    {
        $directory = new Directory();
        $sender = new RecordingSender(static fn () => \Fiber::getCurrent() ? \Fiber::suspend() : null);
        $outbox = Outboxes::make($sender, $directory->path);
        $fiber = new \Fiber(static fn () => $outbox->add(Records::message('one', 'ERROR'), Records::level('ERROR')));
        $fiber->start();
        unset($fiber);
        gc_collect_cycles();
        $outbox->add(Records::message('two', 'ERROR'), Records::level('ERROR'));
        self::assertSame([['one'], ['two']], $sender->batches);
        self::assertStringContainsString('one __messenger_error="sending was interrupted"', implode($directory->read()));
    }
}
