<?php

declare(strict_types=1);

namespace Envelog\Tests\File;

use Envelog\File\KeyValueFormatter;
use Envelog\File\LineParser;
use Envelog\LogMessage;
use Envelog\Record\LogMessageFormatter;
use Envelog\Tests\Functional\EnvelogTest;
use Envelog\Tests\Records;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;

final class LineParserTest extends TestCase
{
    /** Every record that the comparison with envelog sends, as its line and back. */
    public function testReadsWhatTheFormatterWrites(): void
    {
        $formatter = new KeyValueFormatter();
        $count = 0;
        foreach (EnvelogTest::records() as $record) {
            $line = $formatter->format((new LogMessageFormatter())->message(Records::record(...$record)));
            $message = (new LineParser())->parse($line);
            self::assertInstanceOf(LogMessage::class, $message, $line);
            $again = $formatter->format($message);
            if (str_contains($line, "\u{FFFD}")) { // bytes that were not UTF-8 are gone with the line
                self::assertEquals($message, (new LineParser())->parse($again));
            } else {
                self::assertSame($line, $again);
            }
            ++$count;
        }
        self::assertGreaterThan(700, $count);
    }

    public function testKeepsTypes(): void
    {
        $context = ['int' => 5, 'text' => '5', 'float' => 1.0, 'null' => null, 'true' => true, 'word' => 'true', 'list' => [1, [2.5, null]], 'map' => ['a' => ['b' => 'c d']], 'inf' => -\INF, 'empty' => '', 7 => 'seven'];
        $message = (new LineParser())->parse((new KeyValueFormatter())->format(Records::message('a = b', 'ERROR', $context, 'a channel', ['uid' => 'x'])));
        self::assertSame(['a channel', 'ERROR', 'a = b', $context, ['uid' => 'x']], [$message->channel, $message->level, $message->message, $message->context, $message->extra]);
        self::assertSame('2026-11-23T08:49:34.841400+00:00', $message->timestamp->format('Y-m-d\TH:i:s.uP'));
    }

    public static function noLines(): iterable
    {
        yield 'nothing' => [''];
        yield "Monolog's" => ['[2026-11-23T08:49:34+00:00] app.INFO: text {"a":1} []'];
        yield 'no date' => ['[yesterday-ish] app.INFO: text'];
        yield 'no level' => ['[2026-11-23T08:49:34+00:00] app: text'];
        yield 'an array without an end' => ['[2026-11-23T08:49:34+00:00] app.INFO: text a=[1,"x'];
        yield 'a quote without an end' => ['[2026-11-23T08:49:34+00:00] app.INFO: text a="x'];
        yield 'two blanks' => ['[2026-11-23T08:49:34+00:00] app.INFO: text a=1  b=2'];
    }

    /** @dataProvider noLines */
    #[DataProvider('noLines')]
    public function testReturnsNullForWhatItDoesNotKnow(string $line): void
    {
        $message = (new LineParser())->parse($line);
        // A line of Monolog's is a message without fields here: what matters is that nothing is invented.
        self::assertTrue(null === $message || $line === rtrim((new KeyValueFormatter())->format($message), "\n") || str_contains($line, $message->message));
    }

    public function testFindsTheMark(): void
    {
        $parser = new LineParser('__mark');
        $line = (new KeyValueFormatter())->format(Records::message('__mark=x', context: ['a' => '__mark=x', '__mark' => 'é'], extra: ['__mark' => 1]));
        $parser->parse($line);
        self::assertSame(' __mark=é extra.__mark=1', rtrim(substr($line, $parser->markAt() - 1)));
    }
}
