<?php

declare(strict_types=1);

namespace Envelog\Tests\Record;

use Envelog\Record\LogMessageFormatter;
use Envelog\Tests\Records;
use Monolog\Processor\PsrLogMessageProcessor;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;
use Symfony\Component\HttpFoundation\Request;

final class MessageInterpolatorTest extends TestCase
{
    public static function values(): iterable
    {
        yield 'a string' => ['text'];
        yield 'a number' => [5];
        yield 'a float' => [1.5];
        yield 'null' => [null];
        yield 'true' => [true];
        yield 'false' => [false];
        yield 'a date' => [new \DateTimeImmutable('2026-11-23T09:49:34.841400+01:00')];
        yield "Monolog's own date" => [new \Monolog\DateTimeImmutable(true)];
        yield 'an object' => [new \ArrayObject()];
        yield 'an object with a text' => [new class() {
            public function __toString(): string
            {
                return 'its text';
            }
        }];
        yield 'an array' => [['a' => 1, 'b' => ['é/c']]];
        yield 'a resource' => [fopen('php://memory', 'r')];
    }

    /** @dataProvider values */
    #[DataProvider('values')]
    public function testAsMonologsProcessor(mixed $value): void
    {
        $record = Records::record('got {value}, {missing} and {value}', 'INFO', ['value' => $value]);
        $expected = (new PsrLogMessageProcessor())($record);
        $actual = (new LogMessageFormatter())->message($record);
        // A resource is named by its kind here, and by its type there.
        self::assertSame(strtr($expected['message'], ['[resource]' => '[resource(stream)]']), $actual->message);
    }

    public static function secrets(): iterable
    {
        yield 'a password' => ['Login of {user} with {password}', ['user' => 'ada', 'password' => 'hunter2'], 'Login of ada with ***'];
        yield "Symfony's matched route" => ['Matched route "{route}" of {request_uri}.', ['route' => 'reset', 'request_uri' => 'https://ada:hunter2@h/reset?token=hunter2&page=2'], 'Matched route "reset" of https://***@h/reset?token=***&page=2.'];
        yield 'an array' => ['{headers}', ['headers' => ['Authorization' => ['hunter2'], 'Accept' => ['*/*']]], 'array{"Authorization":"***","Accept":["*/*"]}'];
        yield 'a list of headers' => ['{headers}', ['headers' => ['Authorization: hunter2', 'Accept: */*']], 'array["Authorization: ***","Accept: */*"]'];
        yield 'a pair' => ['{header}', ['header' => ['name' => 'X-Auth', 'value' => 'hunter2']], 'array{"name":"X-Auth","value":"***"}'];
        yield 'already in the text' => ['Login with hunter2', ['password' => 'hunter2'], 'Login with ***'];
    }

    /** @dataProvider secrets */
    #[DataProvider('secrets')]
    public function testAfterRedaction(string $message, array $context, string $expected): void
    {
        $actual = (new LogMessageFormatter())->message(Records::record($message, 'INFO', $context));
        self::assertSame($expected, $actual->message);
        self::assertStringNotContainsString('hunter2', serialize($actual));
    }

    public function testARequest(): void
    {
        $request = Request::create('https://ada:hunter2@example.org/login?token=hunter2', 'POST', ['user' => 'ada', 'password' => 'hunter2'], ['sid' => 'hunter2'], [], ['HTTP_AUTHORIZATION' => 'Basic hunter2', 'PHP_AUTH_PW' => 'hunter2', 'HTTP_X_API_KEY' => 'hunter2'], 'user=ada&password=hunter2');
        $actual = (new LogMessageFormatter())->message(Records::record('{request}', 'INFO', ['request' => $request]));
        self::assertStringContainsString('POST /login?token=***', $actual->message);
        self::assertStringContainsString('user=ada', $actual->message);
        self::assertStringNotContainsString('hunter2', serialize($actual));
    }

    public function testTheUrlThatWebProcessorAdds(): void
    {
        $actual = (new LogMessageFormatter())->message(Records::record('x', extra: ['url' => '/reset?token=hunter2', 'referrer' => 'https://h/?api_key=hunter2']));
        self::assertSame(['url' => '/reset?token=***', 'referrer' => 'https://h/?api_key=***'], $actual->extra);
    }
}
