<?php

declare(strict_types=1);

namespace Envelog\Event;

/**
 * Log records are sent again. Dispatched once for each outage.
 */
final class SendingResumed
{
    /**
     * @param int $seconds how long the outage lasted
     */
    public function __construct(public readonly int $seconds)
    {
    }
}
