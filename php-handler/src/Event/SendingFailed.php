<?php

declare(strict_types=1);

namespace Envelog\Event;

/**
 * Log records cannot be sent and are kept in local files. Dispatched once for each outage.
 */
final class SendingFailed
{
    public function __construct(public readonly string $reason)
    {
    }
}
