<?php

declare(strict_types=1);

namespace App\Logging\Message;

final class LogMessage
{
    public function __construct(
        public readonly string $channel,
        public readonly string $level,
        public readonly string $message,
        public readonly array $context,
        public readonly \DateTimeImmutable $timestamp,
    ) {
    }
}
