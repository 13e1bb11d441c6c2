<?php

declare(strict_types=1);

namespace Envelog\Redis;

/**
 * The connection could not be opened, or broke. What was sent on it may have arrived.
 */
final class ConnectionLost extends \RuntimeException
{
    /**
     * @param bool $timedOut the deadline has passed; else the other side closed or refused
     */
    public function __construct(string $message, public readonly bool $timedOut = false)
    {
        parent::__construct($message);
    }
}
