<?php

declare(strict_types=1);

namespace Envelog\Tests;

use Envelog\LogMessage;
use Monolog\Level;
use Monolog\Logger;
use Monolog\LogRecord;

/**
 * Records and messages for tests, of whichever Monolog is there.
 */
final class Records
{
    public static function record(string $message, string $level = 'INFO', array $context = [], string $channel = 'app', array $extra = [], string $date = 'now'): array|LogRecord
    {
        $datetime = new \Monolog\DateTimeImmutable(true);
        if ('now' !== $date) {
            $datetime = new \DateTimeImmutable($date);
        }
        if (class_exists(LogRecord::class)) {
            return new LogRecord($datetime, $channel, Level::fromName($level), $message, $context, $extra);
        }

        return ['message' => $message, 'context' => $context, 'level' => self::level($level), 'level_name' => $level, 'channel' => $channel, 'datetime' => $datetime, 'extra' => $extra];
    }

    public static function message(string $message, string $level = 'INFO', array $context = [], string $channel = 'app', array $extra = [], string $date = '2026-11-23T08:49:34.841400+00:00'): LogMessage
    {
        return new LogMessage($channel, $level, $message, $context, $extra, new \DateTimeImmutable($date));
    }

    /** Monolog's number of a level. */
    public static function level(string $name): int
    {
        return \constant(Logger::class.'::'.$name);
    }
}
