<?php

declare(strict_types=1);

namespace Envelog\Outbox;

/**
 * Remembers that the transport could not be reached, so that not every record waits for it. It is open for a few
 * seconds after each failure; then one caller tries again, while the others are held off until it is known what came of
 * that.
 *
 * A process of PHP-FPM forgets everything after its request, so the state is kept in a file, too: it names the reason,
 * and its modification time is the end. Where the file cannot be written, each process finds out for itself.
 */
final class CircuitBreaker
{
    private int $openUntil = 0;
    private string $reason = '';

    /**
     * @param int                  $seconds how long it is open
     * @param \Closure(): int|null $clock   unix time
     */
    public function __construct(private readonly int $seconds, private readonly ?string $file = null, private readonly ?\Closure $clock = null)
    {
        if ($seconds < 1) {
            throw new \InvalidArgumentException(sprintf('The circuit breaker must be open for at least 1 second, %d given.', $seconds));
        }
    }

    /** Why nothing may be sent now; null when the caller may try. */
    public function reason(): ?string
    {
        $this->read();
        if (0 === $this->openUntil) {
            return null;
        }
        if ($this->now() < $this->openUntil) {
            return $this->reason;
        }
        $this->open($this->reason);

        return null;
    }

    public function open(string $reason): void
    {
        $this->reason = $reason;
        $this->openUntil = $this->now() + $this->seconds;
        if (null !== $this->file && false !== @file_put_contents($this->file, $reason)) {
            @touch($this->file, $this->openUntil);
        }
    }

    public function close(): void
    {
        if (0 === $this->openUntil) {
            return;
        }
        $this->openUntil = 0;
        if (null !== $this->file) {
            @unlink($this->file);
        }
    }

    private function read(): void
    {
        if (null === $this->file) {
            return;
        }
        clearstatcache(true, $this->file);
        $until = @filemtime($this->file);
        // No process opens it for longer: an end beyond that comes from a clock that was set.
        if (false !== $until && $until > $this->openUntil && $until <= $this->now() + $this->seconds) {
            $this->openUntil = $until;
            $this->reason = (string) @file_get_contents($this->file);
        }
    }

    private function now(): int
    {
        return $this->clock ? ($this->clock)() : time();
    }
}
