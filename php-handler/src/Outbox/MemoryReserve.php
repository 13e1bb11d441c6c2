<?php

declare(strict_types=1);

namespace Envelog\Outbox;

/**
 * Room for the last flush of a process that has run out of memory: what fills it is still there then, and the messages
 * that wait are what explains it.
 */
final class MemoryReserve
{
    private const BYTES = 32 << 20;

    public static function afterExhaustion(): void
    {
        if (\E_ERROR === (error_get_last()['type'] ?? 0) && str_starts_with(error_get_last()['message'], 'Allowed memory size')) {
            @ini_set('memory_limit', (string) (memory_get_usage(true) + self::BYTES));
        }
    }
}
