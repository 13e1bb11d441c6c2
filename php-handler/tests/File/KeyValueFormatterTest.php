<?php

declare(strict_types=1);

namespace Envelog\Tests\File;

use Envelog\File\KeyValueFormatter;
use Envelog\Tests\Records;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;

/**
 * The grammar in examples. That envelog writes the same bytes is shown by Functional\EnvelogTest.
 */
final class KeyValueFormatterTest extends TestCase
{
    private const DATE = '[2026-11-23T08:49:34.841400+00:00] ';

    public static function lines(): iterable
    {
        yield 'a message' => [Records::message('Hello'), 'app.INFO: Hello'];
        yield 'scalars' => [self::context(['null' => null, 'true' => true, 'int' => -5, 'float' => 1.0, 'text' => 'ada']), 'app.INFO: m null=null true=true int=-5 float=1.0 text=ada'];
        yield 'text with blanks' => [self::context(['user' => 'two words', 'quote' => 'a"b', 'equals' => 'a=b', 'empty' => '']), 'app.INFO: m user="two words" quote="a\"b" equals="a=b" empty=""'];
        yield 'text like something else' => [self::context(['a' => 'null', 'b' => '1.5e7', 'c' => '{x', 'd' => '-INF', 'e' => '1.', 'f' => '1.2.3', 'g' => 'e7', 'h' => '+']), 'app.INFO: m a="null" b="1.5e7" c="{x" d="-INF" e="1." f=1.2.3 g=e7 h=+'];
        yield 'floats' => [self::context(['inf' => \INF, 'minus' => -\INF, 'nan' => \NAN, 'large' => 1e25, 'sum' => 0.1 + 0.2, 'in' => [\INF]]), 'app.INFO: m inf=INF minus=-INF nan=NaN large=1.0e+25 sum=0.30000000000000004 in=["INF"]'];
        yield 'arrays' => [self::context(['list' => [1, 'a/é'], 'map' => ['a' => ['b' => 1]], 'empty' => [], 'gap' => [1 => 'a']]), 'app.INFO: m list=[1,"a/é"] map={"a":{"b":1}} empty=[] gap={"1":"a"}'];
        yield 'keys' => [self::context([5 => 'int', 'a b' => 1, 'a=b' => 2, '' => 3, 'extra.x' => 4, 'é' => 5]), 'app.INFO: m 5=int "a\u0020b"=1 "a\u003db"=2 ""=3 "extra.x"=4 é=5'];
        yield 'extra' => [Records::message('m', context: ['a' => 1], extra: ['uid' => 'x', 'a b' => 1, 'extra.y' => 2]), 'app.INFO: m a=1 extra.uid=x extra."a\u0020b"=1 extra.extra.y=2'];
        yield 'a message with a separator' => [Records::message('SELECT a=1'), 'app.INFO: "SELECT a=1"'];
        yield 'a message with an equals sign after a blank' => [Records::message('a = 1'), 'app.INFO: a = 1'];
        yield 'a message that begins with an equals sign' => [Records::message('=1'), 'app.INFO: =1'];
        yield 'a message of two lines' => [Records::message("one\ntwo"), 'app.INFO: "one\ntwo"'];
        yield 'a message in quotes' => [Records::message('"a" b'), 'app.INFO: "\"a\" b"'];
        yield 'a message with a quote in it' => [Records::message('a "b" \\c'), 'app.INFO: a "b" \\c'];
        yield 'an empty message' => [Records::message(''), 'app.INFO: ""'];
        yield 'a message with a blank at its end' => [Records::message('a '), 'app.INFO: "a "'];
        yield 'channels' => [Records::message('m', channel: 'a:b'), '"a:b".INFO: m'];
        yield 'what is not UTF-8' => [Records::message("a\xffb", context: ['x' => "\xe2\x82"]), "app.INFO: \"a\u{FFFD}b\" x=\"\u{FFFD}\""];
        yield 'what terminals act on' => [Records::message("\e[31m", context: ['x' => "a\x7f\u{9b}\u{2028}\0", 'y' => ["\u{85}"]]), 'app.INFO: "\u001b[31m" x="a\u007f\u009b\u2028\u0000" y=["\u0085"]'];
        yield 'what no one acts on' => [Records::message('m', context: ['x' => "é\u{a0}\u{2027}"]), "app.INFO: m x=é\u{a0}\u{2027}"];
        yield 'a time zone' => [Records::message('m', date: '2026-11-23T23:59:59.999999-05:00'), 'app.INFO: m', '[2026-11-23T23:59:59.999999-05:00] '];
    }

    /** @dataProvider lines */
    #[DataProvider('lines')]
    public function testWrites(\Envelog\LogMessage $message, string $expected, string $date = self::DATE): void
    {
        self::assertSame($date.$expected."\n", (new KeyValueFormatter())->format($message));
    }

    public function testCutsAsMonolog(): void
    {
        $deep = array_reduce(range(1, 12), static fn (mixed $inner) => ['d' => $inner], 1);
        $line = (new KeyValueFormatter())->format(self::context(['deep' => $deep, 'many' => range(1, 1001)] + array_fill(0, 999, 1)));
        self::assertStringContainsString(' deep={"d":{"d":{"d":{"d":{"d":{"d":{"d":{"d":"Over 9 levels deep, aborting normalization"}}}}}}}} ', $line);
        self::assertStringContainsString(',"999":1000,"...":"Over 1000 items (1001 total), aborting normalization"} ', $line);
        self::assertStringEndsWith(' 997=1 ...="Over 1000 items (1001 total), aborting normalization"'."\n", $line);
    }

    private static function context(array $context): \Envelog\LogMessage
    {
        return Records::message('m', context: $context);
    }
}
