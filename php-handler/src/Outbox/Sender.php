<?php

declare(strict_types=1);

namespace Envelog\Outbox;

use Envelog\LogMessage;

/**
 * Carries messages to the transport, in order. It never throws: a message that could not be sent is in the report.
 * It gives up at the first sign that nothing would get through, and when the deadline has passed.
 */
interface Sender
{
    /**
     * @param non-empty-list<LogMessage> $messages
     * @param array<int, string>         $ids      of messages that may have been sent before, by index: the ids that the
     *                                             report of that attempt gave them
     */
    public function send(array $messages, Deadline $deadline, array $ids = []): SendReport;

    /** Forgets the connection, without using it: it belongs to another process, or was interrupted. */
    public function abandon(): void;
}
