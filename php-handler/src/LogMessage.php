<?php

declare(strict_types=1);

namespace Envelog;

/**
 * One log record on its way through Messenger. It holds strings, numbers and arrays, and one date, so that every
 * serializer can write it and a reader needs no class of the application. envelog finds each property by its name.
 */
final class LogMessage
{
    /**
     * @param string $level Monolog's upper-case name, such as WARNING
     */
    public function __construct(
        public readonly string $channel,
        public readonly string $level,
        public readonly string $message,
        public readonly array $context,
        public readonly array $extra,
        public readonly \DateTimeImmutable $timestamp,
    ) {
    }
}
