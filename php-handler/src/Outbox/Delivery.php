<?php

declare(strict_types=1);

namespace Envelog\Outbox;

use Envelog\File\Entry;
use Envelog\File\LogFiles;
use Envelog\LogMessage;

/**
 * Brings messages to the transport or, where that is not possible, into the local file with the reason. Nothing that it
 * does throws. What is on its way is remembered until it has arrived in one of the two places.
 */
final class Delivery
{
    /** @var list<LogMessage> */
    private array $inFlight = [];
    private bool $complained = false;
    private ?string $problem = null;
    private int $sent = 0;
    private int $kept = 0;

    /**
     * @param float                            $timeout  seconds for all that one flush does
     * @param \Closure(): OutageNotifier|null  $notifier asked when an outage begins or ends: it has a logger
     */
    public function __construct(
        private readonly Sender $sender,
        private readonly LogFiles $files,
        private readonly CircuitBreaker $breaker,
        private readonly float $timeout = 0.3,
        private readonly ?\Closure $notifier = null,
    ) {
        if ($timeout <= 0) {
            throw new \InvalidArgumentException(sprintf('The timeout must be greater than 0 seconds, %s given.', $timeout));
        }
    }

    public function deadline(): Deadline
    {
        return new Deadline($this->timeout);
    }

    /**
     * @param non-empty-list<LogMessage> $messages
     */
    public function deliver(array $messages, Deadline $deadline): void
    {
        if ($this->inFlight) { // the fiber that was sending them was given up
            $this->rescue();
        }
        $this->inFlight = $messages;
        $report = $this->send($messages, $deadline);
        $entries = [];
        foreach ($report->unsent as $i => $reason) {
            $entries[] = new Entry($messages[$i], $reason, $report->inDoubt[$i] ?? null);
        }
        $this->sent += \count($messages) - \count($entries);
        $this->keep($entries);
        $this->inFlight = [];
    }

    /** A flush was interrupted for good, by exit(): what was on its way goes to the local file. */
    public function rescue(): void
    {
        $messages = $this->inFlight;
        $this->inFlight = [];
        $this->sender->abandon();
        $this->keep(array_map(static fn (LogMessage $message) => new Entry($message, 'sending was interrupted'), $messages));
    }

    /** In a child process: what is on its way, and the connection, belong to the parent. */
    public function abandon(): void
    {
        $this->inFlight = [];
        $this->sender->abandon();
    }

    /**
     * @param list<Entry> $entries
     * @param bool        $count   whether they are the application's, and not envelog's own
     */
    public function keep(array $entries, bool $count = true): void
    {
        if (!$entries) {
            return;
        }
        try {
            $lost = $this->files->writeAll($entries);
        } catch (\Throwable $e) {
            $lost = [$e, \count($entries)];
        }
        $this->kept += $count ? \count($entries) - ($lost[1] ?? 0) : 0;
        if ($lost) {
            $this->complain($lost[0]);
        }
    }

    /** How many messages were sent so far. */
    public function sent(): int
    {
        return $this->sent;
    }

    /** How many messages of the application were kept in the local file so far. */
    public function kept(): int
    {
        return $this->kept;
    }

    /** Why the last attempt to send failed; null when it did not. */
    public function problem(): ?string
    {
        return $this->problem;
    }

    /**
     * @param non-empty-list<LogMessage> $messages
     */
    private function send(array $messages, Deadline $deadline): SendReport
    {
        try {
            if (null !== $reason = $this->breaker->reason()) {
                $this->problem = $reason;

                return SendReport::down($reason, \count($messages));
            }
            $report = $this->sender->send($messages, $deadline);
        } catch (\Throwable $e) { // not of ours, but of a sender that someone else has written
            $report = SendReport::down($e->getMessage(), \count($messages));
        }
        $this->problem = $report->carrierDown ?? array_values($report->unsent)[0] ?? null;
        $this->remember($report->carrierDown);

        return $report;
    }

    private function remember(?string $carrierDown): void
    {
        try {
            if (null === $carrierDown) {
                if (null !== $seconds = $this->breaker->close()) {
                    $this->notifier && ($this->notifier)()->resumed($seconds);
                }
            } elseif ($this->breaker->open($carrierDown)) {
                $this->notifier ? ($this->notifier)()->failed($carrierDown) : OutageNotifier::write("Log records cannot be sent ($carrierDown).");
            }
        } catch (\Throwable $e) {
            $this->complain($e);
        }
    }

    /** Both ways are closed: PHP's own error log learns of it, once. */
    private function complain(\Throwable $e): void
    {
        if (!$this->complained) {
            $this->complained = true;
            OutageNotifier::write('log records are lost: '.$e->getMessage());
        }
    }
}
