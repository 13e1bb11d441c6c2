<?php

declare(strict_types=1);

namespace Envelog\Tests\Record;

use Envelog\LogMessage;
use Envelog\Record\LogMessageFormatter;
use Envelog\Tests\Records;
use PHPUnit\Framework\TestCase;

final class LogMessageFormatterTest extends TestCase
{
    public function testMakesAMessageOfARecord(): void
    {
        $record = Records::record('Hello', 'WARNING', ['user' => 'ada', 'password' => 'x'], 'security', ['uid' => 'b3a1', 'token' => 'x'], '2026-11-23T09:49:34.841400+01:00');
        $message = (new LogMessageFormatter())->format($record);

        self::assertInstanceOf(LogMessage::class, $message);
        self::assertSame('security', $message->channel);
        self::assertSame('WARNING', $message->level);
        self::assertSame('Hello', $message->message);
        self::assertSame(['user' => 'ada', 'password' => '***'], $message->context);
        self::assertSame(['uid' => 'b3a1', 'token' => '***'], $message->extra);
        self::assertSame('2026-11-23T09:49:34.841400+01:00', $message->timestamp->format('Y-m-d\TH:i:s.uP'));
    }

    public function testTheDateIsOfNoClassOfMonolog(): void
    {
        $message = (new LogMessageFormatter())->format(Records::record('Hello'));
        self::assertSame(\DateTimeImmutable::class, $message->timestamp::class);
    }

    public function testCutsTheMessage(): void
    {
        $message = (new LogMessageFormatter())->format(Records::record(str_repeat('x', 40000)));
        self::assertStringEndsWith('x... (32768 of 40000 bytes)', $message->message);
    }

    public function testFormatsBatches(): void
    {
        $messages = (new LogMessageFormatter())->formatBatch([3 => Records::record('one'), 5 => Records::record('two')]);
        self::assertSame(['one', 'two'], array_column($messages, 'message'));
    }
}
