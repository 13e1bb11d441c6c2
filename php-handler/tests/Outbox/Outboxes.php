<?php

declare(strict_types=1);

namespace Envelog\Tests\Outbox;

use Envelog\File\LogFiles;
use Envelog\Outbox\Buffer;
use Envelog\Outbox\CircuitBreaker;
use Envelog\Outbox\Delivery;
use Envelog\Outbox\Outbox;
use Envelog\Outbox\Sender;
use Monolog\Logger;

/**
 * Outboxes for tests, with local files in a directory.
 */
final class Outboxes
{
    public static function make(Sender $sender, string $directory, int $size = 100, float $seconds = 60.0, int $level = Logger::ERROR, bool $enabled = true, int $bytes = 4 << 20): Outbox
    {
        return new Outbox(new Delivery($sender, new LogFiles($directory), new CircuitBreaker(5)), new Buffer($size, $seconds, $bytes), $level, $enabled);
    }
}
