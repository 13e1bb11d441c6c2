<?php

declare(strict_types=1);

namespace Envelog\Outbox;

/**
 * Remembers that the transport could not be reached, so that not every record waits for it. It is open for a few
 * seconds after each failure; then one caller tries again, while the others are held off until it is known what came of
 * that.
 *
 * A process of PHP-FPM forgets everything after its request, so processes share what they know, see SharedOutage.
 */
final class CircuitBreaker
{
    /** An outage that nobody has tried to end for so many times the pause is over: the next failure is a new one. */
    private const FORGOTTEN_AFTER = 100;

    private int $since = 0;
    private int $openUntil = 0;
    private string $reason = '';
    private ?SharedOutage $shared = null;
    private bool $hasAsked = false;
    /** Whether what this process knows is known to the others, too. */
    private bool $isShared = false;

    /**
     * @param int                                $seconds how long it is open
     * @param (\Closure(): SharedOutage)|null    $share   asked at the first message: it depends on the DSN
     * @param (\Closure(): int)|null             $clock   unix time
     */
    public function __construct(private readonly int $seconds, private readonly ?\Closure $share = null, private readonly ?\Closure $clock = null)
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

    /** @return bool whether an outage begins with that, for all who share it */
    public function open(string $reason): bool
    {
        $now = $this->now();
        $begins = 0 === $this->openUntil || $now - $this->openUntil > $this->seconds * self::FORGOTTEN_AFTER;
        if ($begins) {
            $this->since = $now;
        }
        $this->reason = $reason;
        $this->openUntil = $now + $this->seconds;
        $isNew = $this->shared()?->write($this->since, $this->openUntil, $reason);
        $this->isShared = null !== $isNew;

        return $begins && ($isNew ?? true);
    }

    /** @return int|null how many seconds the outage has lasted that ends with that; null when there was none, or another process has ended it */
    public function close(): ?int
    {
        if (0 === $this->openUntil) {
            return null;
        }
        $seconds = $this->now() - $this->since;
        $this->openUntil = $this->since = 0;

        $isMine = !$this->isShared || $this->shared()?->remove();
        $this->isShared = false;

        return $isMine ? max(0, $seconds) : null;
    }

    private function read(): void
    {
        if (null === $shared = $this->shared()) {
            return;
        }
        if (null === $outage = $shared->read()) {
            if ($this->isShared) { // another process has sent something, and removed it
                $this->openUntil = 0;
                $this->isShared = false;
            }

            return;
        }
        $this->isShared = true;
        [$since, $until, $reason] = $outage;
        // No process opens it for longer: an end beyond that comes from a clock that was set.
        if ($until > $this->openUntil && $until <= $this->now() + $this->seconds) {
            [$this->since, $this->openUntil, $this->reason] = [$since, $until, $reason];
        }
    }

    private function shared(): ?SharedOutage
    {
        if (null !== $this->share && !$this->hasAsked) {
            $this->hasAsked = true;
            $this->shared = ($this->share)();
        }

        return $this->shared;
    }

    private function now(): int
    {
        return $this->clock ? ($this->clock)() : time();
    }
}
