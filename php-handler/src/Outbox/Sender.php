<?php

declare(strict_types=1);

namespace Envelog\Outbox;

use Envelog\LogMessage;

/**
 * Carries messages to the transport, in order. It never throws: a message that could not be sent is in the report.
 * It gives up at the first sign that nothing would get through, so that not every message waits for a timeout.
 */
interface Sender
{
    /**
     * @param non-empty-list<LogMessage> $messages
     */
    public function send(array $messages): SendReport;
}
