<?php

declare(strict_types=1);

namespace Envelog\Tests\Command;

use Envelog\Command\TestLoggingCommand;
use Envelog\File\LogFiles;
use Envelog\MessengerLogHandler;
use Envelog\Outbox\SendReport;
use Envelog\Tests\Directory;
use Envelog\Tests\Outbox\Outboxes;
use Envelog\Tests\Outbox\RecordingSender;
use Monolog\Logger;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;
use Symfony\Component\Console\Command\Command;
use Symfony\Component\Console\Exception\InvalidOptionException;
use Symfony\Component\Console\Tester\CommandTester;

final class TestLoggingCommandTest extends TestCase
{
    private RecordingSender $sender;
    private Directory $directory;

    protected function setUp(): void
    {
        $this->sender = new RecordingSender();
        $this->directory = new Directory();
    }

    public function testLogsEveryLevelAndSaysWhereToLook(): void
    {
        $levels = [];
        $this->sender->do = static function (array $messages) use (&$levels): void {
            array_push($levels, ...array_column($messages, 'level'));
        };
        $tester = $this->runCommand(['--count' => '10']);
        self::assertSame(['DEBUG', 'INFO', 'NOTICE', 'WARNING', 'ERROR', 'CRITICAL', 'ALERT', 'EMERGENCY', 'DEBUG', 'INFO'], $levels);
        self::assertSame(Command::SUCCESS, $tester->getStatusCode());
        self::assertStringContainsString('10 of 10 records were sent to the transport "async_logging"', $tester->getDisplay());
        self::assertMatchesRegularExpression('/grep [0-9a-f]{8} app-\d{4}-\d\d-\d\d\.log/', $tester->getDisplay());
    }

    public function testSaysThatTheyWereKept(): void
    {
        $this->sender->do = static fn (array $messages) => SendReport::down('Connection refused', \count($messages));
        $tester = $this->runCommand(['--count' => '3']);
        self::assertSame(Command::FAILURE, $tester->getStatusCode());
        self::assertStringContainsString('3 of 3 records were kept in the local file, as they could not be sent: Connection refused', preg_replace('/\s+/', ' ', $tester->getDisplay()));
        preg_match('/grep ([0-9a-f]{8}) (\S+)/', preg_replace('/\n */', '', $tester->getDisplay()), $hint);
        self::assertSame(3, substr_count(file_get_contents($hint[2]), $hint[1]), 'the hint leads to them');
    }

    public function testSaysThatTheyDidNotReachTheHandler(): void
    {
        $tester = $this->runCommand(['--count' => '8'], 'error');
        self::assertSame(Command::FAILURE, $tester->getStatusCode());
        self::assertStringContainsString('4 of 8 records did not reach envelog.', $tester->getDisplay());
        self::assertStringContainsString('type: service, id: envelog.handler', $tester->getDisplay());
    }

    public static function counts(): iterable
    {
        yield 'none' => ['0'];
        yield 'fewer than none' => ['-1'];
        yield 'a word' => ['ten'];
        yield 'too many' => ['1000001'];
    }

    /** @dataProvider counts */
    #[DataProvider('counts')]
    public function testRefuses(string $count): void
    {
        $this->expectException(InvalidOptionException::class);
        $this->expectExceptionMessage("The option \"count\" must be a number from 1 to 1000000, \"$count\" given.");
        $this->runCommand(['--count' => $count]);
    }

    private function runCommand(array $input, string $level = 'debug'): CommandTester
    {
        $files = new LogFiles($this->directory->path);
        $outbox = Outboxes::make($this->sender, $this->directory->path);
        $logger = new Logger('app', [new MessengerLogHandler($outbox, null, $level)]);
        $tester = new CommandTester(new TestLoggingCommand($logger, $outbox, $files, 'async_logging'));
        $tester->execute($input);

        return $tester;
    }
}
