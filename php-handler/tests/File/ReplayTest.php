<?php

declare(strict_types=1);

namespace Envelog\Tests\File;

use Envelog\File\Entry;
use Envelog\File\LogFiles;
use Envelog\File\Replay;
use Envelog\Outbox\Deadline;
use Envelog\Outbox\SendReport;
use Envelog\Tests\Directory;
use Envelog\Tests\Outbox\RecordingSender;
use Envelog\Tests\Records;
use PHPUnit\Framework\TestCase;

final class ReplayTest extends TestCase
{
    private Directory $directory;
    private RecordingSender $sender;

    protected function setUp(): void
    {
        $this->directory = new Directory();
        $this->sender = new RecordingSender();
    }

    public function testSendsWhatWasKeptInOrderAndOnce(): void
    {
        $this->keep(250, '2026-11-22');
        $this->keep(3, '2026-11-23');
        (new LogFiles($this->directory->path))->write(Records::message('written by a worker'));
        $replay = $this->replay();
        self::assertSame([253, 253, null], [$replay->found, $replay->sent, $replay->problem]);
        self::assertSame([100, 100, 50, 3], array_map(count(...), $this->sender->batches));
        self::assertSame([...array_map(static fn (int $i) => "record $i of 2026-11-22", range(0, 249)), 'record 0 of 2026-11-23', 'record 1 of 2026-11-23', 'record 2 of 2026-11-23'], array_merge(...$this->sender->batches));
        self::assertSame(0, $this->replay()->found, 'and the second time there is nothing');
        $text = implode($this->directory->read());
        self::assertSame([0, 253], [substr_count($text, '__messenger_error='), substr_count($text, '__messenger_moved="Connection refused"')]);
        self::assertSame(254, substr_count($text, "\n"), 'nothing is removed');
    }

    public function testADryRunChangesNothing(): void
    {
        $this->keep(3, '2026-11-23');
        $before = $this->directory->read();
        self::assertSame([3, 0], [$this->replay(dryRun: true)->found, \count($this->sender->batches)]);
        self::assertSame($before, array_diff_key($this->directory->read(), ['.envelog-replay.lock' => 1]));
    }

    public function testStopsWhereRedisIsDownAgain(): void
    {
        $this->keep(250, '2026-11-23');
        $this->sender->do = fn (array $messages) => \count($this->sender->batches) > 1 ? SendReport::down('Connection refused', \count($messages)) : null;
        $replay = $this->replay();
        self::assertSame([100, 0, 'Connection refused'], [$replay->sent, $replay->inDoubt, $replay->problem]);
        self::assertSame(150, substr_count(implode($this->directory->read()), '__messenger_error='));
        $this->sender->do = null;
        self::assertSame(150, $this->replay()->sent);
    }

    public function testALineWhoseConfirmationIsLostIsInDoubt(): void
    {
        $this->keep(3, '2026-11-23');
        $ids = [];
        $this->sender->do = static function (array $messages, array $given) use (&$ids): SendReport {
            $ids[] = $given;
            $report = SendReport::down('timed out', \count($messages));

            return 1 === \count($ids) ? new SendReport($report->unsent, $report->carrierDown, $given) : new SendReport();
        };
        self::assertSame([0, 3], [$this->replay()->sent, substr_count(implode($this->directory->read()), '__messenger_tried=')]);
        $second = $this->replay();
        self::assertSame([0, 0, 3], [$second->found, $second->sent, $second->inDoubt], 'it is not sent unnoticed');
        self::assertSame(3, $this->replay(again: true)->sent);
        self::assertSame($ids[0], $ids[1], 'with the same ids');
    }

    /** A replay that is killed between sending and marking leaves the lines in doubt. */
    public function testAReplayThatIsKilled(): void
    {
        $this->keep(3, '2026-11-23');
        $this->sender->do = static fn () => throw new \Error('killed');
        try {
            $this->replay();
            self::fail('not killed');
        } catch (\Error) {
        }
        self::assertSame(3, substr_count(implode($this->directory->read()), '__messenger_tried='));
    }

    public function testUsesTheIdOfTheFirstAttempt(): void
    {
        (new LogFiles($this->directory->path))->writeAll([new Entry(Records::message('one', context: ['a' => 1]), 'timed out', 'web-1:4.0/abc-7')]);
        $seen = [];
        $this->sender->do = static function (array $messages, array $ids) use (&$seen): void {
            $seen = [$messages[0]->context, $ids];
        };
        self::assertSame(1, $this->replay()->unconfirmed);
        self::assertSame([['a' => 1], ['web-1:4.0/abc-7']], $seen);
    }

    public function testWhatLooksLikeAMarkIsNone(): void
    {
        (new LogFiles($this->directory->path))->write(Records::message('see __messenger_error="x"', context: ['text' => '__messenger_error=x', 'in' => ['__messenger_error' => 'x']], extra: ['__messenger_error' => 'x']));
        file_put_contents($this->directory->path.'/app-2026-11-24.log', "no line __messenger_error=x\n[2026-11-24T00:00:00+00:00] app.INFO: half __messenger_error=\"x");
        $before = $this->directory->read();
        $replay = $this->replay();
        self::assertSame([0, 0, 1], [$replay->found, $replay->sent, $replay->unreadable]);
        self::assertSame($before, $this->directory->read());
    }

    public function testOthersMayAppendMeanwhile(): void
    {
        $this->keep(2, '2026-11-23');
        $this->sender->do = fn () => $this->keep(1, '2026-11-23');
        self::assertSame(3, $this->replay()->sent + $this->replay()->sent);
        $text = $this->directory->read()['app-2026-11-23.log'];
        self::assertGreaterThanOrEqual(3, substr_count($text, "\n"));
        self::assertSame(0, preg_match_all('/^(?!\[)/m', $text), 'each line is whole');
    }

    public function testTwoAtOnce(): void
    {
        $this->keep(1, '2026-11-23');
        $lock = fopen($this->directory->path.'/.envelog-replay.lock', 'c');
        flock($lock, \LOCK_EX);
        $this->expectExceptionMessage('another replay works there');
        $this->replay();
    }

    private function keep(int $count, string $day): void
    {
        $entries = array_map(static fn (int $i) => new Entry(Records::message("record $i of $day", date: "{$day}T08:00:00+00:00"), 'Connection refused'), range(0, $count - 1));
        self::assertNull((new LogFiles($this->directory->path))->writeAll($entries));
    }

    private function replay(bool $again = false, bool $dryRun = false): Replay
    {
        $replay = new Replay($this->sender, $this->directory->path, $again);
        $replay->run($dryRun);

        return $replay;
    }
}
