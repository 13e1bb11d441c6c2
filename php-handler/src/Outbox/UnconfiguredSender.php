<?php

declare(strict_types=1);

namespace Envelog\Outbox;

/**
 * Stands in for the transport of an application that has none yet.
 */
final class UnconfiguredSender implements Sender
{
    public function __construct(private readonly string $reason)
    {
    }

    public function send(array $messages, Deadline $deadline, array $ids = []): SendReport
    {
        return SendReport::down($this->reason, \count($messages));
    }

    public function abandon(): void
    {
    }
}
