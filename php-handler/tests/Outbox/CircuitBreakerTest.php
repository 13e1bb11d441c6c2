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
