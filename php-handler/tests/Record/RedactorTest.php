<?php

declare(strict_types=1);

namespace Envelog\Tests\Record;

use Envelog\Record\Redactor;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;

final class RedactorTest extends TestCase
{
    public static function keys(): iterable
    {
        yield 'the word itself' => ['password', true];
        yield 'upper case' => ['PASSWORD', true];
        yield 'a header' => ['Authorization', true];
        yield 'part of a key' => ['new_password_hash', true];
        yield 'camel case' => ['accessToken', true];
        yield 'other separators' => ['X-Api-Key', true];
        yield 'no separators' => ['apikey', true];
        yield 'a nested name' => ['user.password', true];
        yield 'an innocent key' => ['user', false];
        yield 'an innocent neighbour' => ['className', false];
        yield 'the empty key' => ['', false];
        yield 'bytes that are not UTF-8' => ["\xff", false];
    }

    /** @dataProvider keys */
    #[DataProvider('keys')]
    public function testDefaultWords(string $key, bool $hidden): void
    {
        $redactor = new Redactor();
        self::assertSame($hidden, $redactor->hides($key));
        self::assertSame($hidden, $redactor->hides($key), 'the second time, from memory');
    }

    public function testAddsWords(): void
    {
        $redactor = new Redactor(['Passport_No', 'a/b']);
        self::assertTrue($redactor->hides('passportNo'));
        self::assertTrue($redactor->hides('a/b'));
        self::assertTrue($redactor->hides('password'));
    }

    public function testTakesDefaultWordsAway(): void
    {
        $redactor = new Redactor(['!token', '!API-KEY']);
        self::assertFalse($redactor->hides('max_tokens'));
        self::assertFalse($redactor->hides('api_key'));
        self::assertTrue($redactor->hides('secret'));
    }

    public function testForgetsKeysBeforeThereAreTooMany(): void
    {
        $redactor = new Redactor();
        for ($i = 0; $i < 3000; ++$i) {
            $redactor->hides("key$i");
        }
        self::assertLessThanOrEqual(1000, \count((array) (new \ReflectionProperty($redactor, 'known'))->getValue($redactor)));
        self::assertTrue($redactor->hides('password'));
    }

    public static function badWords(): iterable
    {
        yield 'empty' => [[''], 'must be a string with a letter in it, "" given'];
        yield 'nothing to take away' => [['!'], '"!" given'];
        yield 'only separators' => [['_-'], '"_-" given'];
        yield 'no string' => [[5], 'int given'];
        yield 'takes away what is not there' => [['!unicorn'], '"!unicorn" takes away a redacted word that does not exist'];
    }

    /** @dataProvider badWords */
    #[DataProvider('badWords')]
    public function testRefuses(array $words, string $message): void
    {
        $this->expectException(\InvalidArgumentException::class);
        $this->expectExceptionMessage($message);
        new Redactor($words);
    }
}
