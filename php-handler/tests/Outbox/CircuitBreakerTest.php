<?php

declare(strict_types=1);

namespace Envelog\Tests\Outbox;

use Envelog\Outbox\CircuitBreaker;
use Envelog\Outbox\SharedOutage;
use Envelog\Tests\Directory;
use PHPUnit\Framework\TestCase;

final class CircuitBreakerTest extends TestCase
{
    private int $now = 1_000_000_000;
    private Directory $directory;

    protected function setUp(): void
    {
        $this->directory = new Directory();
    }

    public function testIsClosedAtFirst(): void
    {
        self::assertNull($this->breaker()->reason());
    }

    public function testIsOpenForSomeSeconds(): void
    {
        $breaker = $this->breaker();
        $breaker->open('Connection refused');
        self::assertSame('Connection refused', $breaker->reason());
        $this->now += 4;
        self::assertSame('Connection refused', $breaker->reason());
    }

    public function testThenOneCallerTriesAndTheOthersWait(): void
    {
        $breaker = $this->breaker();
        $other = $this->breaker();
        $breaker->open('Connection refused');
        $this->now += 5;
        self::assertNull($breaker->reason());
        self::assertSame('Connection refused', $other->reason());
        self::assertSame('Connection refused', $breaker->reason());
    }

    public function testClosesForAllWhenTheTrySucceeds(): void
    {
        $breaker = $this->breaker();
        $breaker->open('Connection refused');
        $this->now += 5;
        $breaker->reason();
        $breaker->close();
        self::assertNull($breaker->reason());
        self::assertNull($this->breaker()->reason());
        self::assertSame([], $this->directory->read());
    }

    public function testAProcessLearnsFromAnother(): void
    {
        $this->breaker()->open('Connection refused');
        self::assertSame('Connection refused', $this->breaker()->reason());
    }

    public function testDoesNotBelieveAFileFromTheFuture(): void
    {
        (new SharedOutage('redis://x', $this->directory->path, $this->directory->path))->write($this->now + 3600, $this->now + 3605, 'Connection refused');
        self::assertNull($this->breaker()->reason());
    }

    public function testWorksWithoutAFileThatCanBeWritten(): void
    {
        $breaker = new CircuitBreaker(5, fn () => new SharedOutage('redis://x', $this->directory->path.'/missing', $this->directory->path.'/missing'), fn () => $this->now);
        $breaker->open('Connection refused');
        self::assertSame('Connection refused', $breaker->reason());
        $this->now += 5;
        self::assertNull($breaker->reason());
        $breaker->close();
        self::assertNull($breaker->reason());
    }

    public function testTheOneThatOpensItIsTold(): void
    {
        $breaker = $this->breaker();
        self::assertTrue($breaker->open('Connection refused'));
        self::assertFalse($breaker->open('Connection refused'));
        self::assertFalse($this->breaker()->open('Connection refused'), 'another process');
        $this->now += 7;
        self::assertNull($breaker->reason());
        self::assertFalse($breaker->open('Connection refused'), 'it is the same outage');
    }

    public function testTheOneThatClosesItIsToldHowLongItWas(): void
    {
        $this->breaker()->open('Connection refused');
        $this->now += 7;
        [$first, $second] = [$this->breaker(), $this->breaker()];
        $first->reason();
        $second->reason();
        self::assertSame(7, $first->close());
        self::assertNull($second->close(), 'another process has ended it');
        self::assertNull($first->close());
        self::assertTrue($first->open('Connection refused'), 'and the next one is new');
    }

    public function testAnOutageThatWasForgottenIsNew(): void
    {
        $this->breaker()->open('Connection refused');
        $this->now += 86400;
        $breaker = $this->breaker();
        $breaker->reason();
        self::assertNotNull($breaker->close());
    }

    public function testTransportsDoNotShareIt(): void
    {
        $this->breaker()->open('Connection refused');
        $other = new CircuitBreaker(5, fn () => new SharedOutage('redis://y', $this->directory->path, $this->directory->path), fn () => $this->now);
        self::assertNull($other->reason());
    }

    public function testRefusesToBeOpenForNoTime(): void
    {
        $this->expectException(\InvalidArgumentException::class);
        $this->expectExceptionMessage('at least 1 second, 0 given');
        new CircuitBreaker(0);
    }

    private function breaker(): CircuitBreaker
    {
        return new CircuitBreaker(5, fn () => new SharedOutage('redis://x', $this->directory->path, $this->directory->path.'/missing'), fn () => $this->now);
    }
}
