<?php

declare(strict_types=1);

namespace Envelog\Outbox;

/**
 * The moment by which everything that one flush does must be over: connecting, TLS, authentication, sending, waiting for
 * the reply. It follows the monotonic clock, so that a clock that is set does not move it.
 */
final class Deadline
{
    private readonly int $at;

    public function __construct(public readonly float $seconds)
    {
        $this->at = hrtime(true) + (int) ($seconds * 1e9);
    }

    /** Seconds that are left, 0 when there are none. */
    public function remaining(): float
    {
        return max(0, $this->at - hrtime(true)) / 1e9;
    }

    public function passed(): bool
    {
        return hrtime(true) >= $this->at;
    }

    /** A deadline within this one, which ends earlier by the other part of the time that is left. */
    public function part(float $share): self
    {
        return new self($this->remaining() * $share);
    }
}
