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
    }

    /** @return iterable<string, array{string, string, bool}> kind, example and whether it is masked, as the README shows */
    public static function table(): iterable
    {
        preg_match_all('/^\| (keys|headers|URLs|texts) \| (.*?) \| (.*?) \|$/m', file_get_contents(\dirname(__DIR__, 2).'/README.md'), $rows, \PREG_SET_ORDER);
        foreach ($rows as [, $kind, $masked, $not]) {
            foreach ([[$masked, true], [$not, false]] as [$cell, $isMasked]) {
                preg_match_all('/`([^`]+)`/', $cell, $examples);
                foreach ($examples[1] as $example) {
                    yield "$kind: $example" => [$kind, $example, $isMasked];
                }
            }
        }
    }

    /** @dataProvider table */
    #[DataProvider('table')]
    public function testTheTableOfTheReadme(string $kind, string $example, bool $isMasked): void
    {
        $redactor = new Redactor();
        if ('keys' === $kind) {
            self::assertSame($isMasked, $redactor->hides($example));

            return;
        }
        $text = 'headers' === $kind ? $redactor->header($example) : $redactor->text($example);
        self::assertSame($isMasked, $text !== $example, $text);
        foreach (['hunter2', 'abc', 'YWRhOng', '4f2'] as $secret) {
            self::assertStringNotContainsString($secret, $text);
        }
    }

    public function testTheTableIsThere(): void
    {
        self::assertGreaterThan(45, iterator_count(self::table()));
    }

    public static function texts(): iterable
    {
        yield 'a user alone' => ['https://ada@example.org/', 'https://***@example.org/'];
        yield 'a password with an @' => ['amqp://u:p@ss@host/', 'amqp://***@host/'];
        yield 'a password with a slash' => ['mysql://root:p/w@db/app', 'mysql://***@db/app'];
        yield 'an address in a query' => ['http://host:8080/p?mail=bob@example.com', 'http://host:8080/p?mail=bob@example.com'];
        yield 'two URLs' => ['redis://a:b@x,redis://c:d@y', 'redis://***@x,redis://***@y'];
        yield 'an encoded name' => ['/x?api%5Fkey=abc&b=2', '/x?api%5Fkey=***&b=2'];
        yield 'a nested name' => ['user[password]=x&user[name]=ada', 'user[password]=***&user[name]=ada'];
        yield 'a scheme behind a name' => ['authorization=Bearer abc, next=1', 'authorization=***, next=1'];
        yield 'a request' => ["GET /a?token=x HTTP/1.1\r\nHost: a\r\nAuthorization: Basic YTpi\r\nCookie: sid=1; b=2\r\n\r\npassword=x&a=1", "GET /a?token=*** HTTP/1.1\r\nHost: a\r\nAuthorization: ***\r\nCookie: ***\r\n\r\npassword=***&a=1"];
        yield 'JSON' => ['{"token": "a\\"b", "n": {"otp": 123456}, "x": "y"}', '{"token": "***", "n": {"otp": "***"}, "x": "y"}'];
        yield 'a line of a log' => ['auth: login of ada failed', 'auth: login of ada failed'];
        yield 'quotes' => ['password="a b" token = \'x y\' n="5"', 'password=*** token = *** n="5"'];
        yield 'a connection string' => ['Server=db;User=sa;Password=a;Port=1', 'Server=db;User=sa;Password=***;Port=1'];
        yield 'a ratio' => ['12:30 a=b', '12:30 a=b'];
        yield 'bytes' => ["token=\xff\xfe", 'token=***'];
    }

    /** @dataProvider texts */
    #[DataProvider('texts')]
    public function testTexts(string $text, string $expected): void
    {
        self::assertSame($expected, (new Redactor())->text($text));
    }

    public function testPatterns(): void
    {
        self::assertSame('card *** of Ada', (new Redactor([], ['/\b\d{4}(?:[ -]?\d{4}){3}\b/']))->text('card 4111 1111 1111 1111 of Ada'));
    }

    public static function badPatterns(): iterable
    {
        yield 'none' => ['abc'];
        yield 'unclosed' => ['/(/'];
        yield 'no string' => [5];
    }

    /** @dataProvider badPatterns */
    #[DataProvider('badPatterns')]
    public function testRefusesPatterns(mixed $pattern): void
    {
        $this->expectException(\InvalidArgumentException::class);
        $this->expectExceptionMessage('A pattern must be a regular expression');
        new Redactor([], [$pattern]);
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
