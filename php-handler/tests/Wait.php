<?php

declare(strict_types=1);

namespace Envelog\Tests;

use PHPUnit\Framework\Assert;

/**
 * Waits for something to become true, and fails when it does not.
 */
final class Wait
{
    public static function until(\Closure $condition, string $what, float $seconds = 20): void
    {
        $deadline = microtime(true) + $seconds;
        while (!$condition()) {
            if (microtime(true) > $deadline) {
                Assert::fail("Waited $seconds seconds in vain: $what.");
            }
            usleep(2000);
        }
    }
}
