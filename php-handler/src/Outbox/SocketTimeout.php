<?php

declare(strict_types=1);

namespace Envelog\Outbox;

/**
 * Bounds the waiting of connections that set no timeout of their own, as Symfony's transports by default do: they take
 * PHP's default_socket_timeout, which is a minute. It counts whole seconds and is fixed when a connection is opened.
 */
final class SocketTimeout
{
    /**
     * @template T
     *
     * @param \Closure(): T $work
     *
     * @return T
     */
    public static function during(float $seconds, \Closure $work): mixed
    {
        $before = ini_set('default_socket_timeout', (string) max(1, (int) ceil($seconds)));
        try {
            return $work();
        } finally {
            if (false !== $before) {
                ini_set('default_socket_timeout', $before);
            }
        }
    }
}
