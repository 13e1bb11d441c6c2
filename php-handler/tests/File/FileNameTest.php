<?php

declare(strict_types=1);

namespace Envelog\Tests\File;

use Envelog\File\FileName;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;

/**
 * The rule in examples; those of envelog's sink are the same (sink.EncodeName).
 */
final class FileNameTest extends TestCase
{
    public static function names(): iterable
    {
        yield 'a word' => ['app', 'app'];
        yield 'letters of any script' => ['Größe-日本_1.2', 'Größe-日本_1.2'];
        yield 'nothing' => ['', '%empty'];
        yield 'the name of the overflow file' => ['overflow', '%6Fverflow'];
        yield 'a dot' => ['.', '%2E'];
        yield 'two dots' => ['..', '%2E.'];
        yield 'a way out' => ['../etc/passwd', '%2E.%2Fetc%2Fpasswd'];
        yield 'an option' => ['-rf', '%2Drf'];
        yield 'a blank' => ['two words', 'two%20words'];
        yield 'a percent sign' => ['a%2Fb', 'a%252Fb'];
        yield 'NUL and line feed' => ["a\0b\nc", 'a%00b%0Ac'];
        yield 'bytes that are not UTF-8' => ["a\xff\xe2\x82b", 'a%FF%E2%82b'];
        yield 'a mark' => ["e\u{301}", 'e%CC%81'];
        yield 'a replacement character' => ["\u{FFFD}", '%EF%BF%BD'];
        yield 'exactly as long as can be' => [str_repeat('x', 200), str_repeat('x', 200)];
        yield 'too long' => [str_repeat('x', 201), str_repeat('x', 166).'%~'.substr(hash('sha256', str_repeat('x', 201)), 0, 32)];
        yield 'too long, of several bytes' => [str_repeat('é', 150), str_repeat('é', 83).'%~'.substr(hash('sha256', str_repeat('é', 150)), 0, 32)];
    }

    /** @dataProvider names */
    #[DataProvider('names')]
    public function testEncodes(string $channel, string $name): void
    {
        self::assertSame($name, FileName::of($channel));
    }
}
