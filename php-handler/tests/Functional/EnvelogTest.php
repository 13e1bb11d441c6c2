<?php

declare(strict_types=1);

namespace Envelog\Tests\Functional;

use Envelog\Tests\App\TestApp;
use Envelog\Tests\Directory;
use Envelog\Tests\Records;
use Envelog\Tests\RedisServer;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;

/**
 * A PHP worker and envelog, each on a copy of the same stream, write the same files, byte for byte. ENVELOG_BIN names
 * the envelog to run.
 */
final class EnvelogTest extends TestCase
{
    private static RedisServer $redis;
    private TestApp $app;

    public static function setUpBeforeClass(): void
    {
        self::$redis = new RedisServer();
    }

    public static function tearDownAfterClass(): void
    {
        self::$redis->stop();
    }

    protected function setUp(): void
    {
        self::$redis->client()->flushAll();
    }

    protected function tearDown(): void
    {
        $this->app->shutdown();
    }

    public static function modes(): iterable
    {
        yield 'buffered' => ['{ size: 7, level: emergency }'];
        yield 'one by one' => ['false'];
        yield "buffered, Symfony's JSON" => ['{ size: 7, level: emergency }', 'messenger.transport.symfony_serializer'];
        yield "one by one, Symfony's JSON" => ['false', 'messenger.transport.symfony_serializer'];
    }

    /** @dataProvider modes */
    #[DataProvider('modes')]
    public function testWritesWhatThePhpWorkerWrites(string $buffer, string $serializer = 'messenger.transport.native_php_serializer'): void
    {
        $this->app = new TestApp(['LOG_TRANSPORT_DSN' => self::$redis->dsn()], [
            'config/packages/envelog.yaml' => "envelog: { buffer: $buffer, fallback: { dir: '%kernel.project_dir%/php', timeout: 20 } }",
            'config/packages/messenger.yaml' => "framework: { serializer: { enabled: true }, messenger: { transports: { async_logging: { dsn: '%env(LOG_TRANSPORT_DSN)%', serializer: $serializer } }, routing: { Envelog\LogMessage: async_logging } } }",
        ]);
        $count = $this->log();
        self::assertSame([], glob($this->app->directory.'/php/*'), 'every record was sent');
        $this->copyStream('log-messages', 'copy');

        [$code, $output] = $this->app->console('messenger:consume', 'async_logging', "--limit=$count", '--time-limit=60');
        self::assertSame(0, $code, $output);
        $directory = $this->envelog($count, 'copy');

        $expected = $this->phpFiles();
        self::assertSame($count, substr_count(implode($expected), "\n"));
        self::assertStringContainsString('23:59:59.500000', implode($expected), 'fractions of seconds travel');
        self::assertStringContainsString("\u{FFFD}", implode($expected), 'and so does what is not UTF-8');
        $written = $directory->read();
        self::assertSame(array_keys($expected), array_keys($written));
        foreach ($expected as $name => $lines) {
            self::assertSame(explode("\n", $lines), explode("\n", $written[$name]), $name);
        }
        self::assertSame([], self::$redis->fields(), 'and the PHP worker left nothing behind');
    }

    /** Logs each record through the handler, and returns how many there were. */
    private function log(): int
    {
        $handler = $this->app->get('envelog.handler');
        $count = 0;
        foreach (self::records() as $record) {
            $handler->handle(Records::record(...$record));
            ++$count;
        }
        $this->app->get('envelog.outbox')->flush();
        self::assertCount($count, self::$redis->fields());

        return $count;
    }

    /** @return iterable<array> arguments of Records::record */
    public static function records(): iterable
    {
        foreach (['DEBUG', 'INFO', 'NOTICE', 'WARNING', 'ERROR', 'CRITICAL', 'ALERT', 'EMERGENCY'] as $level) {
            yield ["A record at $level", $level, ['user' => 'ada', 'n' => 1], 'app', ['uid' => 'b3a1c2d']];
        }
        foreach (self::channels() as $channel) {
            yield ['A channel', 'INFO', [], $channel];
        }
        foreach ([...self::texts(), ...self::randomTexts()] as $i => $text) {
            yield [$text, 'INFO', ["t$i" => $text, 'in' => [$text, [$text => 1]]], 'texts', [$text => $text]];
            yield ['A key', 'INFO', [$text => 1], 'keys'];
        }
        foreach (self::contexts() as $context) {
            yield ['A context', 'WARNING', $context, 'contexts', $context];
        }
        foreach (['2026-11-23T23:59:59.999999-05:00', '2026-11-24T00:00:00+14:00', '1999-12-31T23:59:59.5Z', '2026-03-29 02:30:00 Europe/Paris'] as $date) {
            yield ['A date', 'INFO', [], 'dates', [], $date];
        }
    }

    private static function channels(): array
    {
        return ['a/b', '..', '', 'overflow', 'two words', 'a:b', 'a.b', 'größe', "e\u{301}", "a\xffb", "line\nfeed", '-rf', 'a=b', '"q"', str_repeat('long', 60), str_repeat('é', 120)];
    }

    private static function texts(): array
    {
        return ['', ' ', 'word', 'two words', ' leading', 'trailing ', 'a=b', 'a = b', '=', '= a', 'SELECT a=1', '"quoted"', 'say "hi"', 'back\\slash',
            'null', 'true', 'false', 'NULL', 'NaN', 'INF', '-INF', '+INF', '0', '-1', '1.5', '.5', '5.', '.', '1e5', '1e', '1E+5', '0x10', '1_000', '١٢',
            '{json', '[list', '}', 'a{', 'extra.x', 'extra', "one\ntwo", "cr\r\nlf", "tab\t", "nul\0", "\e[31mred", "del\x7f", "csi\u{9b}", "nel\u{85}",
            "nbsp\u{a0}", "ls\u{2028}ps\u{2029}", 'é', '日本', '👍', "\xff", "\xe2\x82", "\xf0\x9f\x91", "a\xc3", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc0\xaf",
            "\u{FFFD}", "\u{FEFF}bom", "gol\u{202E}txt", "\u{AD}\u{34F}\u{61C}\u{180E}\u{200B}", "\u{FE00}\u{FE0D}\u{FE0E}\u{FE0F}\u{FFA0}", "tag\u{E0041}\u{1D173}", "\u{1BCA3}", 'a/b', '<b>&amp;</b>', "'", '%d', ']', 'a] b.INFO: c', str_repeat('x', 40000), str_repeat('é', 20000)];
    }

    /** @return iterable<string> what grammars trip over, in any order */
    private static function randomTexts(): iterable
    {
        mt_srand(20261123);
        $pieces = [...self::texts(), 'a', '1', '.', '-', 'e', ' ', '=', '"', '\\', '{', "\n", "\0", "\xc2", "\x85", "\xe2", "\xf0", "\xff", "\xed\xa0\x80"];
        $pieces = array_values(array_filter($pieces, static fn (string $piece) => \strlen($piece) < 20));
        for ($i = 0; $i < 300; ++$i) {
            $text = '';
            for ($n = mt_rand(1, 5); $n > 0; --$n) {
                $text .= $pieces[mt_rand(0, \count($pieces) - 1)];
            }
            yield $text;
        }
    }

    private static function contexts(): array
    {
        $deep = static fn (int $depth) => array_reduce(range(1, $depth), static fn (mixed $inner) => ['d' => $inner, 'l' => [1]], 1);

        return [
            ['null' => null, 'true' => true, 'false' => false, 'int' => 5, 'negative' => -5, 'max' => \PHP_INT_MAX, 'min' => \PHP_INT_MIN],
            ['1.0' => 1.0, 'sum' => 0.1 + 0.2, '-0.0' => -0.0, '1e15' => 1e15, '1e17' => 1e17, '1e25' => 1e25, '1e100' => 1e100, '1e-5' => 1e-5, 'tiny' => 5e-324, 'max' => \PHP_FLOAT_MAX, 'third' => 1 / 3],
            ['inf' => \INF, 'minus' => -\INF, 'nan' => \NAN, 'list' => [\INF, \NAN, 1.0]],
            ['a', 'b', ['c']],
            [5 => 'five', 1 => 'one', -3 => 'minus three'],
            ['list' => [1, [2, [3]]], 'map' => ['a' => ['b' => true]], 'empty' => [], 'nested' => ['empty' => []], 'from_one' => [1 => 'a', 2 => 'b'], 'gap' => [0 => 'a', 2 => 'b']],
            ['deep' => $deep(7)], ['deep' => $deep(8)], ['deep' => $deep(9)], ['deep' => $deep(15)],
            ['items' => range(1, 1000)], ['items' => range(1, 1001), 'after' => 1], array_fill(0, 1500, 'x'),
            ['rows' => array_fill(0, 900, array_fill(0, 100, 'cell of a table'))],
            ['password' => 'secret', 'headers' => ['Authorization' => ['Bearer x']], 'token' => null],
            ['closure' => static fn () => 1, 'object' => (object) ['a' => 1], 'date' => new \DateTimeImmutable('2026-11-23T09:49:34+01:00'), 'resource' => \STDIN],
            ['exception' => new \RuntimeException('outer', 7, new \LogicException("in\nner"))],
        ];
    }

    /** Each entry of the stream, as it is, once more. */
    private function copyStream(string $from, string $to): void
    {
        $client = self::$redis->client();
        foreach (self::$redis->fields($from) as $field) {
            $client->xAdd($to, '*', ['message' => $field]);
        }
    }

    /** Runs envelog on the stream until it has written so many lines. */
    private function envelog(int $count, string $stream): Directory
    {
        $directory = new Directory();
        $binary = getenv('ENVELOG_BIN') ?: self::fail('ENVELOG_BIN must name an envelog, as built by: CGO_ENABLED=0 go build ./cmd/envelog');
        $command = [$binary, 'messenger:consume', 'async_logging', '--dsn', 'async_logging='.self::$redis->dsn($stream), '--log-dir', $directory->path, "--limit=$count", '--time-limit=60'];
        exec(implode(' ', array_map(escapeshellarg(...), $command)).' 2>&1', $output, $code);
        self::assertSame(0, $code, implode("\n", $output));

        return $directory;
    }

    /** What the PHP worker has written of the records; it logs itself, too. */
    private function phpFiles(): array
    {
        $files = [];
        foreach (glob($this->app->directory.'/php/*.log') as $file) {
            $files[basename($file)] = file_get_contents($file);
        }

        return $files;
    }
}
