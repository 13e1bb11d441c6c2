<?php

declare(strict_types=1);

namespace Envelog\Tests\Outbox;

use Envelog\Outbox\Deadline;
use Envelog\Outbox\LazySender;
use Envelog\Outbox\SendReport;
use Envelog\Tests\Records;
use PHPUnit\Framework\TestCase;

final class LazySenderTest extends TestCase
{
    public function testMakesItsSenderOnceAndLate(): void
    {
        $made = [];
        $lazy = new LazySender(static function () use (&$made): RecordingSender {
            return $made[] = new RecordingSender();
        });
        self::assertSame([], $made);
        $lazy->send([Records::message('one')], new Deadline(20));
        $lazy->send([Records::message('two')], new Deadline(20));
        self::assertCount(1, $made);
        self::assertSame([['one'], ['two']], $made[0]->batches);
    }

    public function testASenderThatCannotBeMade(): void
    {
        $lazy = new LazySender(static fn () => throw new \LogicException('Environment variable not found: "DSN".'));
        self::assertEquals(SendReport::down('Environment variable not found: "DSN".', 1), $lazy->send([Records::message('one')], new Deadline(20)));
    }
}
