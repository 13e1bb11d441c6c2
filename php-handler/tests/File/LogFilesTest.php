<?php

declare(strict_types=1);

namespace Envelog\Tests\File;

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
        (new LogFiles($this->directory->path))->write(Records::message('one', context: ['a' => 1, 5 => 'five']), 'Connection refused');
        self::assertStringEndsWith("one a=1 5=five __messenger_error=\"Connection refused\"\n", implode($this->directory->read()));
    }

    public function testCreatesTheDirectoryForNoOneElse(): void
    {
        $before = umask(0);
        try {
            (new LogFiles($this->directory->path.'/var/log'))->write(Records::message('one'));
        } finally {
            umask($before);
        }
        self::assertSame('0750', substr(sprintf('%o', fileperms($this->directory->path.'/var/log')), -4));
        self::assertSame('0640', substr(sprintf('%o', fileperms($this->directory->path.'/var/log/app-2026-11-23.log')), -4));
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

    public function testADiskThatIsFull(): void
    {
        symlink('/dev/full', $this->directory->path.'/app-2026-11-23.log');
        $this->expectException(\RuntimeException::class);
        $this->expectExceptionMessage('No space left on device');
        (new LogFiles($this->directory->path))->write(Records::message('one'));
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
