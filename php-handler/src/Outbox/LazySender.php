<?php

declare(strict_types=1);

namespace Envelog\Outbox;

/**
 * A sender that is made when the first message leaves: every request has a logger, not every one logs, and what is
 * wrong with the transport's configuration must not keep the logger from being made.
 */
final class LazySender implements Sender
{
    private ?Sender $sender = null;

    /**
     * @param \Closure(): Sender $make
     */
    public function __construct(private readonly \Closure $make)
    {
    }

    public function send(array $messages, Deadline $deadline, array $ids = []): SendReport
    {
        try {
            $this->sender ??= ($this->make)();
        } catch (\Throwable $e) {
            return SendReport::down($e->getMessage(), \count($messages));
        }

        return $this->sender->send($messages, $deadline, $ids);
    }

    public function abandon(): void
    {
        $this->sender?->abandon();
    }
}
