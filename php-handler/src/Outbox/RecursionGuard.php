<?php

declare(strict_types=1);

namespace Envelog\Outbox;

/**
 * Knows whether the code that runs now was called by the one that sends. Each Fiber, and each coroutine of Swoole, is a
 * flow of its own: while one of them sends, what another one logs is not caused by that.
 */
final class RecursionGuard
{
    /** @var \WeakMap<\Fiber<mixed, mixed, mixed, mixed>, true> */
    private \WeakMap $fibers;
    /** @var array<int, true> by id of the coroutine; 0 outside of any */
    private array $coroutines = [];

    public function __construct()
    {
        $this->fibers = new \WeakMap();
    }

    public function enter(): void
    {
        if ($fiber = \Fiber::getCurrent()) {
            $this->fibers[$fiber] = true;
        } else {
            $this->coroutines[self::coroutine()] = true;
        }
    }

    public function leave(): void
    {
        if ($fiber = \Fiber::getCurrent()) {
            unset($this->fibers[$fiber]);
        } else {
            unset($this->coroutines[self::coroutine()]);
        }
    }

    public function isInside(): bool
    {
        if ($fiber = \Fiber::getCurrent()) {
            return isset($this->fibers[$fiber]);
        }

        return $this->coroutines && isset($this->coroutines[self::coroutine()]);
    }

    public function reset(): void
    {
        $this->fibers = new \WeakMap();
        $this->coroutines = [];
    }

    private static function coroutine(): int
    {
        foreach (['Swoole\Coroutine', 'OpenSwoole\Coroutine'] as $class) {
            if (class_exists($class, false)) {
                return max(0, $class::getCid());
            }
        }

        return 0;
    }
}
