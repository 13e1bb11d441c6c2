<?php

declare(strict_types=1);

namespace Envelog\Tests\Outbox;

use Envelog\Outbox\Outbox;
use Envelog\Outbox\SendReport;
use Envelog\Tests\Directory;
use Envelog\Tests\Records;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;

final class OutboxTest extends TestCase
{
    private const FILE = 'app-2026-11-23.log';

    private RecordingSender $sender;
    private Directory $directory;

    protected function setUp(): void
    {
        $this->sender = new RecordingSender();
        $this->directory = new Directory();
    }

    public function testMessagesWaitForTheFlush(): void
    {
        $outbox = $this->outbox();
        $this->add($outbox, 'one');
        $this->add($outbox, 'two');
        self::assertSame([], $this->sender->batches);
        $outbox->flush();
        $outbox->flush();
        self::assertSame([['one', 'two']], $this->sender->batches);
        self::assertSame(2, $outbox->sent());
        self::assertSame(0, $outbox->kept());
    }

    public function testAFullBufferIsSent(): void
    {
        $outbox = $this->outbox(size: 2);
        foreach (['one', 'two', 'three'] as $message) {
            $this->add($outbox, $message);
        }
        self::assertSame([['one', 'two']], $this->sender->batches);
    }

    public function testAnErrorTakesTheOthersAlong(): void
    {
        $outbox = $this->outbox();
        $this->add($outbox, 'one');
        $this->add($outbox, 'two', 'ERROR');
        self::assertSame([['one', 'two']], $this->sender->batches);
    }

    public function testAnOldMessageTakesTheOthersAlong(): void
    {
        $outbox = $this->outbox(seconds: 1e-9);
        $this->add($outbox, 'one');
        for ($then = microtime(true); microtime(true) <= $then;);
        $this->add($outbox, 'two');
        self::assertSame(['one', 'two'], array_merge(...$this->sender->batches));
    }

    public function testASizeOfOneSendsEachAtOnce(): void
    {
        $outbox = $this->outbox(size: 1);
        $this->add($outbox, 'one');
        $this->add($outbox, 'two');
        self::assertSame([['one'], ['two']], $this->sender->batches);
    }

    public function testWhatIsNotSentIsKeptWithTheReason(): void
    {
        $this->sender->do = static fn () => new SendReport([1 => 'no words for it']);
        $outbox = $this->outbox();
        $this->add($outbox, 'one');
        $this->add($outbox, 'two');
        $outbox->flush();
        self::assertStringContainsString('two', $this->file());
        self::assertStringContainsString('__messenger_error="no words for it"', $this->file());
        self::assertStringNotContainsString('one', $this->file());
        self::assertSame([1, 1], [$outbox->sent(), $outbox->kept()]);
    }

    public function testASenderThatThrows(): void
    {
        $this->sender->do = static fn () => throw new \LogicException('a mistake');
        $outbox = $this->outbox(size: 1);
        $this->add($outbox, 'one');
        self::assertStringContainsString('one __messenger_error="a mistake"', $this->file());
        self::assertSame([0, 1], [$outbox->sent(), $outbox->kept()]);
    }

    public function testDoesNotTryAgainForAWhile(): void
    {
        $this->sender->do = static fn (array $messages) => SendReport::down('Connection refused', \count($messages));
        $outbox = $this->outbox(size: 1);
        foreach (['one', 'two', 'three'] as $message) {
            $this->add($outbox, $message);
        }
        self::assertSame([['one']], $this->sender->batches);
        self::assertSame(3, substr_count($this->file(), '__messenger_error="Connection refused"'));
    }

    public function testSwitchedOffItWritesToTheFile(): void
    {
        $outbox = $this->outbox(enabled: false);
        $this->add($outbox, 'one', 'ERROR');
        $outbox->flush();
        self::assertSame([], $this->sender->batches);
        self::assertStringContainsString('one', $this->file());
        self::assertStringNotContainsString('__messenger_error', $this->file());
    }

    public static function levels(): iterable
    {
        yield 'below warning it is left out' => ['NOTICE', false];
        yield 'from warning on it is kept' => ['WARNING', true];
    }

    /** @dataProvider levels */
    #[DataProvider('levels')]
    public function testWhatSendingLogsIsNotSent(string $level, bool $kept): void
    {
        $outbox = $this->outbox(size: 1);
        $this->sender->do = function () use ($outbox, $level): void {
            $this->add($outbox, 'caused', $level);
        };
        $this->add($outbox, 'one');
        self::assertSame([['one']], $this->sender->batches);
        self::assertSame($kept, str_contains($this->file(), 'caused'));
    }

    public function testALocalOutboxSendsNothingButWhatWaits(): void
    {
        $outbox = $this->outbox();
        $this->add($outbox, 'one');
        $outbox->setLocal(true);
        $this->add($outbox, 'two');
        $outbox->setLocal(false);
        $this->add($outbox, 'three');
        $outbox->flush();
        self::assertSame([['one'], ['three']], $this->sender->batches);
        self::assertStringContainsString('two', $this->file());
    }

    public function testThrowsNotEvenWhenTheFileFails(): void
    {
        $log = $this->directory->path.'/php.log';
        $before = ini_set('error_log', $log);
        try {
            file_put_contents($this->directory->path.'/logs', 'in the way');
            $outbox = Outboxes::make($this->sender, $this->directory->path.'/logs', enabled: false);
            $this->add($outbox, 'one');
            $this->add($outbox, 'two');
        } finally {
            ini_set('error_log', $before);
        }
        self::assertSame(0, $outbox->kept());
        self::assertSame(1, substr_count(file_get_contents($log), 'envelog: log records are lost: create log directory'), 'PHP learns it, once');
    }

    public static function badOptions(): iterable
    {
        yield 'no size' => [['size' => 0], 'size of the buffer must be at least 1, 0 given'];
        yield 'no time' => [['seconds' => 0.0], 'seconds of the buffer must be greater than 0, 0 given'];
    }

    /** @dataProvider badOptions */
    #[DataProvider('badOptions')]
    public function testRefuses(array $options, string $message): void
    {
        $this->expectException(\InvalidArgumentException::class);
        $this->expectExceptionMessage($message);
        $this->outbox(...$options);
    }

    private function outbox(int $size = 100, float $seconds = 60.0, bool $enabled = true): Outbox
    {
        return Outboxes::make($this->sender, $this->directory->path, $size, $seconds, enabled: $enabled);
    }

    private function add(Outbox $outbox, string $message, string $level = 'INFO'): void
    {
        $outbox->add(Records::message($message, $level), Records::level($level));
    }

    private function file(): string
    {
        return $this->directory->read()[self::FILE] ?? '';
    }
}
