<?php

declare(strict_types=1);

namespace Envelog\Tests\Outbox;

use Envelog\Outbox\Buffer;
use Envelog\Tests\Records;
use PHPUnit\Framework\TestCase;

final class BufferTest extends TestCase
{
    public function testIsFullByNumber(): void
    {
        $buffer = new Buffer(2, 60, 1000);
        self::assertFalse($buffer->add(Records::message('one'), 1));
        self::assertTrue($buffer->add(Records::message('two'), 1));
    }

    public function testIsFullByBytes(): void
    {
        $buffer = new Buffer(100, 60, 1000);
        self::assertFalse($buffer->add(Records::message('one'), 999));
        self::assertTrue($buffer->add(Records::message('two'), 1));
    }

    public function testGivesPieces(): void
    {
        $buffer = new Buffer(10000, 60, 1 << 30);
        for ($i = 0; $i < 10; ++$i) {
            $buffer->add(Records::message("large $i"), 400 << 10);
        }
        for ($i = 0; $i < 2500; ++$i) {
            $buffer->add(Records::message("small $i"), 1);
        }
        $buffer->add(Records::message('huge'), 5 << 20);
        $sizes = $messages = [];
        while (!$buffer->isEmpty()) {
            $piece = $buffer->take();
            $sizes[] = \count($piece);
            array_push($messages, ...array_column($piece, 'message'));
        }
        self::assertSame([2, 2, 2, 2, 1000, 1000, 502, 1], $sizes);
        self::assertSame(['large 0', 'large 1'], \array_slice($messages, 0, 2));
        self::assertSame(['small 2499', 'huge'], \array_slice($messages, -2));
        self::assertCount(2511, array_unique($messages));
        self::assertFalse($buffer->add(Records::message('again'), 1));
    }
}
