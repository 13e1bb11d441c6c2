<?php

declare(strict_types=1);

namespace Envelog\Tests\Redis;

use Envelog\Redis\ConnectionLost;
use Envelog\Redis\ErrorReply;
use Envelog\Redis\ReplyReader;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;

final class ReplyReaderTest extends TestCase
{
    public static function replies(): iterable
    {
        yield 'a status' => ["+OK\r\n", 'OK'];
        yield 'a number' => [":-42\r\n", -42];
        yield 'a text' => ["$5\r\nh\r\nlo\r\n", "h\r\nlo"];
        yield 'an empty text' => ["$0\r\n\r\n", ''];
        yield 'nothing' => ["$-1\r\n", null];
        yield 'no list' => ["*-1\r\n", null];
        yield 'a list' => ["*3\r\n:1\r\n*2\r\n+a\r\n$1\r\nb\r\n$-1\r\n", [1, ['a', 'b'], null]];
        yield 'an empty list' => ["*0\r\n", []];
    }

    /** @dataProvider replies */
    #[DataProvider('replies')]
    public function testReadsAReplyHoweverItArrives(string $bytes, mixed $expected): void
    {
        foreach ([1, 2, 3, \strlen($bytes)] as $size) {
            $reader = new ReplyReader();
            foreach (str_split($bytes, $size) as $i => $piece) {
                self::assertNull($reader->next());
                $reader->feed($piece);
            }
            self::assertSame([$expected], $reader->next());
            self::assertNull($reader->next());
        }
    }

    public function testReadsOneAfterTheOther(): void
    {
        $reader = new ReplyReader();
        $reader->feed("+OK\r\n-ERR no\r\n:1\r");
        self::assertSame(['OK'], $reader->next());
        [$error] = $reader->next();
        self::assertInstanceOf(ErrorReply::class, $error);
        self::assertSame('ERR no', $error->getMessage());
        self::assertNull($reader->next());
        $reader->feed("\n");
        self::assertSame([1], $reader->next());
    }

    public static function noReplies(): iterable
    {
        yield 'another protocol' => ["HTTP/1.1 200 OK\r\n"];
        yield 'a length that is none' => ["$5x\r\n"];
        yield 'a length beyond all' => ["$99999999999999999999\r\n"];
        yield 'a list beyond all' => ["*9999999\r\n"];
        yield 'a number that is none' => [":1.5\r\n"];
        yield 'lists in lists' => [str_repeat("*1\r\n", 20)];
        yield 'RESP 3' => ["%1\r\n"];
        yield 'an empty line' => ["\r\n"];
    }

    /** @dataProvider noReplies */
    #[DataProvider('noReplies')]
    public function testRefuses(string $bytes): void
    {
        $reader = new ReplyReader();
        $reader->feed($bytes);
        $this->expectException(ConnectionLost::class);
        $reader->next();
    }

    public function testAReplyWithoutAnEnd(): void
    {
        $reader = new ReplyReader();
        $this->expectException(ConnectionLost::class);
        $this->expectExceptionMessage('too long');
        for ($i = 0; $i < 100; ++$i) {
            $reader->feed(str_repeat('+', 65536));
            self::assertNull($reader->next());
        }
    }

    /** Whatever arrives, it is a reply, or the beginning of one, or refused. */
    public function testRandomBytes(): void
    {
        mt_srand(20261130);
        $pieces = ['+', '-', ':', '$', '*', "\r", "\n", "\r\n", '0', '1', '9', 'x', "\0", "\xff", '-1', '$3', '*2'];
        for ($i = 0; $i < 5000; ++$i) {
            $reader = new ReplyReader();
            try {
                for ($n = mt_rand(1, 12); $n > 0; --$n) {
                    $reader->feed($pieces[mt_rand(0, \count($pieces) - 1)]);
                    $reply = $reader->next();
                    self::assertTrue(null === $reply || 1 === \count($reply));
                }
            } catch (ConnectionLost) {
                $this->addToAssertionCount(1);
            }
        }
    }
}
