<?php

declare(strict_types=1);

namespace Envelog\Tests;

/**
 * A server that misbehaves in a process of its own, see App/fault-server.php.
 */
final class FaultServer
{
    public readonly int $port;
    /** @var resource */
    private $process;
    /** @var array<int, resource> */
    private array $pipes = [];

    /**
     * @param int $redis the port of the Redis behind it; 0 for none
     */
    public function __construct(string $mode, int $redis = 0)
    {
        $this->process = proc_open([\PHP_BINARY, __DIR__.'/App/fault-server.php', $mode, (string) $redis], [['pipe', 'r'], ['pipe', 'w'], ['file', '/dev/null', 'w']], $this->pipes);
        $this->port = (int) fgets($this->pipes[1]);
        stream_set_blocking($this->pipes[1], false);
    }

    public function __destruct()
    {
        fclose($this->pipes[0]); // and that ends it
        fclose($this->pipes[1]);
        proc_terminate($this->process, \SIGKILL);
        proc_close($this->process);
    }

    /** How many connections were opened since the last call. */
    public function connections(): int
    {
        return substr_count((string) stream_get_contents($this->pipes[1]), 'connection');
    }
}
