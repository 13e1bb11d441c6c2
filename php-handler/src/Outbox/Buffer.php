<?php

declare(strict_types=1);

namespace Envelog\Outbox;

use Envelog\LogMessage;

/**
 * Messages that wait to be sent, bounded by their number, their bytes and the age of the first one. They are taken out
 * in pieces that are small enough to be encoded beside what the application holds in memory.
 */
final class Buffer
{
    private const PIECE_BYTES = 1 << 20;
    private const PIECE_MESSAGES = 1000;

    /** @var list<array{LogMessage, int}> messages and their bytes, in order */
    private array $waiting = [];
    private int $bytes = 0;
    private int $since = 0; // nanoseconds of the monotonic clock
    private readonly int $nanoseconds;

    /**
     * @param int   $size    how many messages wait at most; 1 for none
     * @param float $seconds how long a message waits at most, if others come after it
     * @param int   $limit   bytes of messages that wait at most
     */
    public function __construct(private readonly int $size, float $seconds, private readonly int $limit)
    {
        if ($size < 1) {
            throw new \InvalidArgumentException(sprintf('The size of the buffer must be at least 1, %d given.', $size));
        }
        if ($seconds <= 0) {
            throw new \InvalidArgumentException(sprintf('The seconds of the buffer must be greater than 0, %s given.', $seconds));
        }
        if ($limit < 1) {
            throw new \InvalidArgumentException(sprintf('The bytes of the buffer must be at least 1, %d given.', $limit));
        }
        $this->nanoseconds = (int) ($seconds * 1e9);
    }

    /** @return bool whether the messages should not wait any longer */
    public function add(LogMessage $message, int $bytes): bool
    {
        $now = hrtime(true);
        if (!$this->waiting) {
            $this->since = $now;
        }
        $this->waiting[] = [$message, $bytes];
        $this->bytes += $bytes;

        return \count($this->waiting) >= $this->size || $this->bytes >= $this->limit || $now - $this->since >= $this->nanoseconds;
    }

    /** Whether the messages hold more memory than they may. */
    public function isLarge(): bool
    {
        return $this->bytes >= $this->limit;
    }

    public function isEmpty(): bool
    {
        return !$this->waiting;
    }

    /**
     * Takes the first messages out.
     *
     * @return list<LogMessage>
     */
    public function take(): array
    {
        $piece = [];
        $bytes = 0;
        foreach ($this->waiting as [$message, $size]) {
            if ($piece && ($bytes + $size > self::PIECE_BYTES || \count($piece) === self::PIECE_MESSAGES)) {
                break;
            }
            $piece[] = $message;
            $bytes += $size;
        }
        if (\count($piece) === \count($this->waiting)) {
            $this->clear();
        } else {
            $this->waiting = \array_slice($this->waiting, \count($piece));
            $this->bytes -= $bytes;
        }

        return $piece;
    }

    public function clear(): void
    {
        $this->waiting = [];
        $this->bytes = 0;
    }
}
