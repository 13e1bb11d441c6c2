<?php

declare(strict_types=1);

namespace Envelog\Tests\File;

use Envelog\File\Entry;
use Envelog\File\LogFiles;
use Envelog\Tests\Directory;
use Envelog\Tests\Records;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;

final class LogFilesTest extends TestCase
{
    private Directory $directory;

    protected function setUp(): void
    {
        $this->directory = new Directory();
    }

    public function testOneFileForEachChannelAndDayOfTheRecord(): void
    {
        $files = new LogFiles($this->directory->path);
        $files->write(Records::message('one'));
        $files->write(Records::message('two'));
        $files->write(Records::message('three', channel: 'security', date: '2026-11-23T23:59:59.5-05:00'));
        $files->write(Records::message('four', channel: 'a/b', date: '2026-11-24T00:00:00+00:00'));
        self::assertSame([
            'a%2Fb-2026-11-24.log' => "[2026-11-24T00:00:00.000000+00:00] a/b.INFO: four\n",
            'app-2026-11-23.log' => "[2026-11-23T08:49:34.841400+00:00] app.INFO: one\n[2026-11-23T08:49:34.841400+00:00] app.INFO: two\n",
            'security-2026-11-23.log' => "[2026-11-23T23:59:59.500000-05:00] security.INFO: three\n",
        ], $this->directory->read());
    }

    public function testSaysWhyAMessageStandsHere(): void
    {
        $message = Records::message('one', context: ['a' => 1, 5 => 'five']);
        self::assertNull((new LogFiles($this->directory->path))->writeAll([new Entry($message, 'Connection refused'), new Entry($message, 'timed out', 'host:1/2')]));
        [$refused, $timedOut] = explode("\n", implode($this->directory->read()));
        self::assertStringEndsWith('one a=1 5=five __messenger_error="Connection refused"', $refused);
        self::assertStringEndsWith('one a=1 5=five __messenger_error="timed out" __messenger_id=host:1/2', $timedOut);
    }

    public function testWritesABatchInOrder(): void
    {
        $entries = [];
        for ($i = 0; $i < 1000; ++$i) {
            $entries[] = new Entry(Records::message("record $i", channel: 0 === $i % 2 ? 'app' : 'other'));
        }
        (new LogFiles($this->directory->path))->writeAll($entries);
        foreach (['app' => 0, 'other' => 1] as $channel => $first) {
            preg_match_all('/record (\d+)/', $this->directory->read()["$channel-2026-11-23.log"], $numbers);
            self::assertSame(range($first, 999, 2), array_map(intval(...), $numbers[1]));
        }
    }

    /** The user and the group of a file are the system's to decide, as in Symfony's documentation: setfacl, umask(0002). */
    public function testLeavesModesToTheUmask(): void
    {
        foreach ([0 => ['0777', '0666'], 0002 => ['0775', '0664'], 0027 => ['0750', '0640']] as $umask => $expected) {
            $before = umask($umask);
            $log = $this->directory->path."/$umask/log";
            try {
                (new LogFiles($log))->write(Records::message('one'));
            } finally {
                umask($before);
            }
            self::assertSame($expected, array_map(self::mode(...), [$log, "$log/app-2026-11-23.log"]));
        }
    }

    public function testTheSecondUserOfAnAclCanWrite(): void
    {
        exec('setfacl -d -m u:nobody:rwX '.escapeshellarg($this->directory->path).' 2>&1', $output, $code);
        self::assertSame(0, $code, implode("\n", $output));
        (new LogFiles($this->directory->path))->write(Records::message('one'));
        exec('getfacl -c '.escapeshellarg($this->directory->path.'/app-2026-11-23.log').' 2>/dev/null', $acl);
        $rights = implode("\n", $acl);
        self::assertMatchesRegularExpression('/^user:nobody:rw/m', $rights);
        self::assertMatchesRegularExpression('/^mask::rw/m', $rights);
        self::assertDoesNotMatchRegularExpression('/^user:nobody:.*#effective:r--/m', $rights);
    }

    public function testGivesNewFilesTheModeThatIsAskedFor(): void
    {
        $before = umask(0);
        try {
            (new LogFiles($this->directory->path, 0, 0600))->write(Records::message('one'));
        } finally {
            umask($before);
        }
        self::assertSame('0600', self::mode($this->directory->path.'/app-2026-11-23.log'));
    }

    public function testKeepsTheNewestDays(): void
    {
        $files = new LogFiles($this->directory->path, 2);
        touch($this->directory->path.'/app-notes.log');
        $files->write(Records::message('other', channel: 'app-2', date: '2026-11-01'));
        foreach (['2026-11-20', '2026-11-21', '2026-11-22', '2026-11-23'] as $day) {
            $files->write(Records::message('one', date: $day));
        }
        self::assertSame(['app-2-2026-11-01.log', 'app-2026-11-22.log', 'app-2026-11-23.log', 'app-notes.log'], array_keys($this->directory->read()));
    }

    public function testKeepsAllDays(): void
    {
        $files = new LogFiles($this->directory->path);
        foreach (['2025-11-20', '2026-11-23'] as $day) {
            $files->write(Records::message('one', date: $day));
        }
        self::assertCount(2, $this->directory->read());
    }

    public function testDoesNotWaitForALockThatHangs(): void
    {
        $files = new LogFiles($this->directory->path);
        $files->write(Records::message('one'));
        $held = fopen($files->path('app', new \DateTimeImmutable('2026-11-23')), 'a');
        flock($held, \LOCK_EX);
        $files->write(Records::message('two'));
        self::assertSame(2, substr_count(implode($this->directory->read()), "\n"));
    }

    /** A file that may not grow beyond 1 KiB fails as one on a full disk does: in the middle of a line. */
    public function testADiskThatIsFull(): void
    {
        $code = sprintf('require %s; $files = new Envelog\File\LogFiles($argv[1]); for (;;) { $files->write(Envelog\Tests\Records::message(str_repeat("x", 100))); }', var_export(\dirname(__DIR__).'/bootstrap.php', true));
        $command = sprintf("trap '' XFSZ; ulimit -f 1; exec %s -d display_errors=stderr -r %s %s 2>&1", escapeshellarg(\PHP_BINARY), escapeshellarg($code), escapeshellarg($this->directory->path));
        exec('bash -c '.escapeshellarg($command), $output);
        self::assertStringContainsString('File too large', implode("\n", $output));
        $lines = explode("\n", implode($this->directory->read()));
        self::assertSame('', array_pop($lines), 'what was cut short is taken back');
        self::assertCount(1, array_count_values($lines));
    }

    public function testFollowsNoLink(): void
    {
        $path = $this->directory->path.'/app-2026-11-23.log';
        touch($this->directory->path.'/target');
        foreach (['target', 'nowhere'] as $target) {
            symlink($this->directory->path.'/'.$target, $path);
            try {
                (new LogFiles($this->directory->path))->write(Records::message('one'));
                self::fail('written');
            } catch (\RuntimeException $e) {
                self::assertStringContainsString('it is a symbolic link, which is not followed', $e->getMessage());
            }
            unlink($path);
        }
        self::assertSame(['target' => ''], $this->directory->read());
    }

    public function testDoesNotWaitForTheReaderOfAFifo(): void
    {
        $path = $this->directory->path.'/app-2026-11-23.log';
        posix_mkfifo($path, 0600);
        foreach ([false, true] as $isRead) {
            $reader = $isRead ? fopen($path, 'rn') : null;
            try {
                (new LogFiles($this->directory->path))->write(Records::message('one'));
                self::fail('written');
            } catch (\RuntimeException $e) {
                self::assertStringContainsString('open log file', $e->getMessage());
            }
        }
    }

    public function testOpensItsFileOncePerBatch(): void
    {
        $code = sprintf('require %s; $m = Envelog\Tests\Records::message("one"); (new Envelog\File\LogFiles($argv[1]))->writeAll(array_fill(0, 500, new Envelog\File\Entry($m)));', var_export(\dirname(__DIR__).'/bootstrap.php', true));
        $trace = $this->directory->path.'/trace';
        exec(sprintf('strace -f -e trace=openat -o %s %s -r %s %s 2>&1', escapeshellarg($trace), escapeshellarg(\PHP_BINARY), escapeshellarg($code), escapeshellarg($this->directory->path)), $output, $result);
        self::assertSame(0, $result, implode("\n", $output));
        self::assertSame(1, substr_count(file_get_contents($trace), 'app-2026-11-23.log'));
        self::assertSame(500, substr_count($this->directory->read()['app-2026-11-23.log'], "\n"));
    }

    public function testAFileInThePlaceOfTheDirectory(): void
    {
        touch($this->directory->path.'/log');
        $this->expectException(\RuntimeException::class);
        $this->expectExceptionMessage('create log directory "'.$this->directory->path.'/log"');
        (new LogFiles($this->directory->path.'/log'))->write(Records::message('one'));
    }

    public function testADirectoryInThePlaceOfTheFile(): void
    {
        mkdir($this->directory->path.'/app-2026-11-23.log');
        $this->expectException(\RuntimeException::class);
        $this->expectExceptionMessage('Is a directory');
        (new LogFiles($this->directory->path))->write(Records::message('one'));
    }

    private static function mode(string $path): string
    {
        clearstatcache();

        return substr(sprintf('%o', fileperms($path)), -4);
    }

    public static function badOptions(): iterable
    {
        yield 'no directory' => [['', 0], 'directory must not be empty'];
        yield 'fewer than no files' => [['/tmp', -1], 'must not be negative, -1 given'];
    }

    /** @dataProvider badOptions */
    #[DataProvider('badOptions')]
    public function testRefuses(array $arguments, string $message): void
    {
        $this->expectException(\InvalidArgumentException::class);
        $this->expectExceptionMessage($message);
        new LogFiles(...$arguments);
    }
}
