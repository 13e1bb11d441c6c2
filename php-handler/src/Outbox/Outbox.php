<?php

declare(strict_types=1);

namespace Envelog\Outbox;

use Envelog\File\LogFiles;
use Envelog\LogMessage;
use Monolog\Logger;

/**
 * Where messages wait to be sent, and the one place that decides whether they are: what cannot be sent goes to the
 * local file, with the reason. All handlers of a process share one outbox, and nothing that it does throws.
 *
 * While it sends, whatever is logged is its own doing and is not sent again: the bus, the cache and the Redis client
 * log, too. From warning on such a record goes to the local file, below it is left out.
 */
final class Outbox
{
    /** @var list<LogMessage> */
    private array $waiting = [];
    private float $waitingSince = 0.0;
    private bool $sending = false;
    private bool $local = false;
    private bool $flushesAtShutdown = false;
    private bool $complained = false;
    private int $sent = 0;
    private int $kept = 0;

    /**
     * @param int   $size    how many messages wait before they are sent together; 1 for each at once
     * @param int   $level   Monolog's number of the level from which on a message does not wait, and takes the others with it
     * @param float $seconds how long a message waits at most, if others come after it
     * @param bool  $enabled false: everything goes to the local file
     */
    public function __construct(
        private readonly Sender $sender,
        private readonly LogFiles $files,
        private readonly CircuitBreaker $breaker,
        private readonly int $size = 100,
        private readonly int $level = Logger::ERROR,
        private readonly float $seconds = 1.0,
        private readonly bool $enabled = true,
    ) {
        if ($size < 1) {
            throw new \InvalidArgumentException(sprintf('The size of the buffer must be at least 1, %d given.', $size));
        }
        if ($seconds <= 0) {
            throw new \InvalidArgumentException(sprintf('The seconds of the buffer must be greater than 0, %s given.', $seconds));
        }
    }

    public function add(LogMessage $message, int $level): void
    {
        if ($this->sending) {
            $this->addOwn($message, $level);
        } elseif (!$this->enabled || $this->local) {
            $this->keep($message);
        } else {
            $this->wait($message, $level);
        }
    }

    /** A record about carrying log messages, which would beget the next one if it were carried. */
    public function addOwn(LogMessage $message, int $level): void
    {
        if ($level >= Logger::WARNING) {
            $this->keep($message);
        }
    }

    /** Sends what is waiting. */
    public function flush(): void
    {
        if (!$this->waiting || $this->sending) {
            return;
        }
        $messages = $this->waiting;
        $this->waiting = [];
        $this->sending = true;
        try {
            $report = $this->send($messages);
            foreach ($report->unsent as $i => $reason) {
                $this->keep($messages[$i], $reason);
            }
            $this->sent += \count($messages) - \count($report->unsent);
        } finally {
            $this->sending = false;
        }
    }

    /** In a worker that consumes the messages itself, what it logs must not become its next message. */
    public function setLocal(bool $local): void
    {
        $this->flush();
        $this->local = $local;
    }

    /** How many messages were sent so far. */
    public function sent(): int
    {
        return $this->sent;
    }

    /** How many messages were kept in the local file so far. */
    public function kept(): int
    {
        return $this->kept;
    }

    private function wait(LogMessage $message, int $level): void
    {
        $now = microtime(true);
        if (!$this->waiting) {
            $this->waitingSince = $now;
            $this->flushAtShutdown();
        }
        $this->waiting[] = $message;
        if ($level >= $this->level || \count($this->waiting) >= $this->size || $now - $this->waitingSince >= $this->seconds) {
            $this->flush();
        }
    }

    /**
     * @param non-empty-list<LogMessage> $messages
     */
    private function send(array $messages): SendReport
    {
        if (null !== $reason = $this->breaker->reason()) {
            return SendReport::down($reason, \count($messages));
        }
        try {
            $report = $this->sender->send($messages);
        } catch (\Throwable $e) { // not of ours, but of a sender that someone else has written
            $report = SendReport::down($e->getMessage(), \count($messages));
        }
        if (null === $report->carrierDown) {
            $this->breaker->close();
        } else {
            $this->breaker->open($report->carrierDown);
        }

        return $report;
    }

    private function keep(LogMessage $message, ?string $error = null): void
    {
        try {
            $this->files->write($message, $error);
            ++$this->kept;
        } catch (\Throwable $e) {
            $this->complain($e);
        }
    }

    /** Both ways are closed: PHP's own error log learns of it, once. */
    private function complain(\Throwable $e): void
    {
        if (!$this->complained) {
            $this->complained = true;
            error_log('envelog: log records are lost: '.$e->getMessage());
        }
    }

    private function flushAtShutdown(): void
    {
        if ($this->flushesAtShutdown) {
            return;
        }
        $this->flushesAtShutdown = true;
        $outbox = \WeakReference::create($this);
        register_shutdown_function(static function () use ($outbox): void {
            // Once more, to come after shutdown functions that log, such as Symfony's for fatal errors.
            register_shutdown_function(static fn () => $outbox->get()?->flush());
        });
    }
}
