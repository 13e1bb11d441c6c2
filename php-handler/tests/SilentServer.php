<?php

declare(strict_types=1);

namespace Envelog\Tests;

/**
 * A port on which connections are accepted by the system, and never answered.
 */
final class SilentServer
{
    public readonly int $port;
    /** @var resource */
    private $socket;

    public function __construct()
    {
        $this->socket = stream_socket_server('tcp://127.0.0.1:0');
        $this->port = (int) substr(strrchr(stream_socket_get_name($this->socket, false), ':'), 1);
    }

    /** How many connections were opened so far. */
    public function connections(): int
    {
        for ($count = 0; @stream_socket_accept($this->socket, 0); ++$count);

        return $count;
    }
}
