<?php

declare(strict_types=1);

namespace Envelog\Outbox;

use Envelog\File\Entry;
use Envelog\LogMessage;
use Monolog\Logger;

/**
 * Decides what becomes of a message: it waits in the buffer, leaves, or goes to the local file. All handlers of a process
 * share one outbox, and nothing that it does throws.
 *
 * While it sends, whatever is logged by that is its own doing and is not sent again: the bus, the cache and the Redis
 * client log, too. From warning on such a record goes to the local file, below it is left out.
 *
 * A child process that was forked has the parent's memory: it forgets what waits there, which the parent sends.
 */
final class Outbox
{
    private bool $sending = false;
    private bool $local = false;
    private bool $flushesAtShutdown = false;
    private int|false $process;
    /** Whether a record may be logged by a child of the process that logged the one before. */
    private readonly bool $canFork;
    /** @var list<\Closure(): void> */
    private array $afterFlush = [];
    private readonly RecursionGuard $guard;

    /**
     * @param int  $level   Monolog's number of the level from which on a message does not wait, and takes the others with it
     * @param bool $enabled false: everything goes to the local file
     */
    public function __construct(private readonly Delivery $delivery, private readonly Buffer $buffer = new Buffer(100, 1.0, 4 << 20), private readonly int $level = Logger::ERROR, private readonly bool $enabled = true)
    {
        $this->guard = new RecursionGuard();
        $this->process = getmypid();
        $this->canFork = \function_exists('pcntl_fork') || \extension_loaded('swoole') || \extension_loaded('openswoole') || \extension_loaded('ffi');
    }

    /**
     * @param int $bytes about how many bytes of memory the message holds
     */
    public function add(LogMessage $message, int $level, int $bytes = 1024): void
    {
        if ($this->canFork) {
            $this->forgetParent();
        }
        if ($this->goesElsewhere($message, $level)) {
            return;
        }
        if ($this->buffer->add($message, $bytes) || $level >= $this->level) {
            $this->flush();
        }
    }

    /**
     * Adds messages that came together; they leave together, too.
     *
     * @param iterable<array{LogMessage, int, int}> $messages each with its level and its bytes
     */
    public function addAll(iterable $messages): void
    {
        $leave = false;
        $this->forgetParent();
        foreach ($messages as [$message, $level, $bytes]) {
            if ($this->goesElsewhere($message, $level)) {
                continue;
            }
            $leave = $this->buffer->add($message, $bytes) || $level >= $this->level || $leave;
            if ($this->buffer->isLarge()) {
                $this->flush();
            }
        }
        if ($leave) {
            $this->flush();
        }
    }

    /** A record about carrying log messages, which would cause the next one if it were carried. */
    public function addOwn(LogMessage $message, int $level): void
    {
        if ($level >= Logger::WARNING) {
            $this->delivery->keep([new Entry($message)], false);
        }
    }

    /** Sends what is waiting. While another fiber sends, that one takes along what has come meanwhile. */
    public function flush(): void
    {
        $this->forgetParent();
        if ($this->sending || $this->buffer->isEmpty()) {
            return;
        }
        $this->sending = true;
        $this->guard->enter();
        try {
            $deadline = $this->delivery->deadline();
            while (!$this->buffer->isEmpty()) {
                $this->delivery->deliver($this->buffer->take(), $deadline);
            }
        } finally {
            $this->guard->leave();
            $this->sending = false;
        }
        foreach (array_splice($this->afterFlush, 0) as $action) {
            $action();
        }
    }

    /** Runs something now or, while messages are sent, as soon as that is done. */
    public function whenIdle(\Closure $action): void
    {
        if ($this->sending) {
            $this->afterFlush[] = $action;
        } else {
            $action();
        }
    }

    /** In a worker that consumes the messages itself, what it logs must not become its next message. */
    public function setLocal(bool $local): void
    {
        $this->flush();
        $this->local = $local;
    }

    /** Whether this code was called by sending. */
    public function isSending(): bool
    {
        return $this->sending && $this->guard->isInside();
    }

    /** false: everything goes to the local file, because it was configured so. */
    public function isEnabled(): bool
    {
        return $this->enabled;
    }

    /** How many messages were sent so far. */
    public function sent(): int
    {
        return $this->delivery->sent();
    }

    /** How many messages were kept in the local file so far. */
    public function kept(): int
    {
        return $this->delivery->kept();
    }

    /** Why the last attempt to send failed; null when it did not. */
    public function problem(): ?string
    {
        return $this->delivery->problem();
    }

    /** Whether the message does not wait to be sent: it went to the local file, or nowhere. */
    private function goesElsewhere(LogMessage $message, int $level): bool
    {
        if ($this->sending && $this->guard->isInside()) {
            $this->addOwn($message, $level);

            return true;
        }
        if (!$this->enabled || $this->local) {
            $this->delivery->keep([new Entry($message)]);

            return true;
        }
        if (!$this->flushesAtShutdown) {
            $this->flushAtShutdown();
        }

        return false;
    }

    private function forgetParent(): void
    {
        if ($this->process === $process = getmypid()) {
            return;
        }
        $this->process = $process;
        $this->buffer->clear();
        $this->delivery->abandon();
        $this->guard->reset();
        $this->sending = false;
        $this->afterFlush = [];
    }

    private function flushAtShutdown(): void
    {
        $this->flushesAtShutdown = true;
        $outbox = \WeakReference::create($this);
        register_shutdown_function(static function () use ($outbox): void {
            // Once more, to come after shutdown functions that log, such as Symfony's for fatal errors.
            register_shutdown_function(static fn () => $outbox->get()?->finish());
        });
    }

    private function finish(): void
    {
        $this->forgetParent();
        MemoryReserve::afterExhaustion();
        if ($this->sending) { // exit() was called while messages were on their way
            $this->sending = false;
            $this->guard->reset();
            $this->delivery->rescue();
        }
        $this->flush();
    }
}
