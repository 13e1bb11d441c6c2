<?php

declare(strict_types=1);

namespace Envelog\Redis;

/**
 * The entries were on their way when the connection broke: they may be on the stream.
 */
final class ReplyLost extends \RuntimeException
{
    /**
     * @param bool $timedOut the deadline has passed; else the other side closed
     */
    public function __construct(string $message, public readonly bool $timedOut = false)
    {
        parent::__construct($message);
    }
}
