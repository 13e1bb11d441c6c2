<?php

declare(strict_types=1);

namespace Envelog\Tests\DependencyInjection;

use Envelog\DependencyInjection\Configuration;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;
use Symfony\Component\Config\Definition\Exception\InvalidConfigurationException;
use Symfony\Component\Config\Definition\Processor;
use Symfony\Component\Yaml\Yaml;

final class ConfigurationTest extends TestCase
{
    public function testDefaults(): void
    {
        self::assertEquals([
            'bus' => null,
            'transport' => 'async_logging',
            'level' => 'debug',
            'bubble' => true,
            'buffer' => ['enabled' => true, 'size' => 100, 'bytes' => 4194304, 'level' => 'error', 'seconds' => 1.0],
            'fallback' => ['dir' => '%kernel.logs_dir%', 'max_files' => 0, 'file_permission' => null, 'timeout' => 0.3, 'retry_after' => 5],
            'redact' => [],
            'redact_patterns' => [],
            'before_send' => null,
        ], self::process('{}'));
    }

    public function testTheBufferCanBeSwitchedOff(): void
    {
        self::assertFalse(self::process('{ buffer: false }')['buffer']['enabled']);
    }

    public static function mistakes(): iterable
    {
        yield 'an unknown key' => ['{ transports: x }', '/Unrecognized option "transports" under "envelog". Did you mean "transport"/'];
        yield 'no transport' => ['{ transport: "" }', '/"envelog.transport" cannot contain an empty value/'];
        yield 'no size' => ['{ buffer: { size: 0 } }', '/envelog.buffer.size".*greater than or equal to 1/'];
        yield 'a size of words' => ['{ buffer: { size: many } }', '/"envelog.buffer.size".*int/'];
        yield 'an unknown level' => ['{ buffer: { level: loud } }', '/"loud".*"envelog.buffer.level".*"debug".*"emergency"/'];
        yield 'no time' => ['{ buffer: { seconds: 0 } }', '/envelog.buffer.seconds".*greater than or equal to 0.001/'];
        yield 'fewer than no files' => ['{ fallback: { max_files: -1 } }', '/envelog.fallback.max_files".*greater than or equal to 0/'];
        yield 'no timeout' => ['{ fallback: { timeout: 0 } }', '/envelog.fallback.timeout".*greater than or equal to 0.001/'];
        yield 'no pause' => ['{ fallback: { retry_after: 0 } }', '/envelog.fallback.retry_after".*greater than or equal to 1/'];
        yield 'no directory' => ['{ fallback: { dir: "" } }', '/"envelog.fallback.dir" cannot contain an empty value/'];
        yield 'a word that takes nothing away' => ['{ redact: ["!unicorn"] }', '/"envelog.redact": "!unicorn" takes away a redacted word that does not exist; the default ones are "password"/'];
        yield 'an empty word' => ['{ redact: [""] }', '/"envelog.redact": A redacted word must be a string with a letter in it, "" given/'];
    }

    /** @dataProvider mistakes */
    #[DataProvider('mistakes')]
    public function testSaysWhatIsWrong(string $yaml, string $message): void
    {
        $this->expectException(InvalidConfigurationException::class);
        $this->expectExceptionMessageMatches($message);
        self::process($yaml);
    }

    private static function process(string $yaml): array
    {
        return (new Processor())->processConfiguration(new Configuration(), [Yaml::parse($yaml)]);
    }
}
