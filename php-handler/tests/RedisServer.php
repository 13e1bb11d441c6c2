<?php

declare(strict_types=1);

namespace Envelog\Tests;

use Envelog\LogMessage;
use Symfony\Component\Messenger\Transport\Serialization\PhpSerializer;

/**
 * A real redis-server of the test's own, on a free port of the loopback interface.
 */
final class RedisServer
{
    public readonly int $port;
    /** Where "%tls-port%" among the options leads to. */
    public readonly int $tlsPort;
    /** @var resource */
    private $process;
    private string $directory;
    /** @var list<string> */
    private array $command;

    /**
     * @param string ...$options of redis-server, as on its command line
     */
    public function __construct(string ...$options)
    {
        $this->port = self::freePort();
        $this->tlsPort = self::freePort();
        $options = str_replace('%tls-port%', (string) $this->tlsPort, $options);
        $this->directory = sys_get_temp_dir().'/envelog-redis-'.bin2hex(random_bytes(6));
        mkdir($this->directory);
        $this->command = [getenv('REDIS_SERVER') ?: 'redis-server', '--port', (string) $this->port, '--bind', '127.0.0.1', '--save', '', '--dir', $this->directory, ...$options];
        if ('--sentinel' === ($options[0] ?? null)) { // it wants a file that it can write
            file_put_contents($this->directory.'/sentinel.conf', "port $this->port\nbind 127.0.0.1\ndir $this->directory\nsentinel ".$options[2]."\n");
            $this->command = [$this->command[0], $this->directory.'/sentinel.conf', '--sentinel'];
        }
        $this->start();
    }

    private function start(): void
    {
        $this->process = proc_open($this->command, [['file', '/dev/null', 'r'], ['file', $this->directory.'/out', 'w'], ['redirect', 1]], $pipes)
            ?: throw new \RuntimeException('redis-server could not be started.');
        Wait::until(fn () => $this->answers(), 'redis-server answers');
    }

    public function __destruct()
    {
        $this->stop();
    }

    public function dsn(string $path = 'log-messages', string $query = 'delete_after_ack=1'): string
    {
        return "redis://127.0.0.1:$this->port/$path?$query";
    }

    public function client(): \Redis
    {
        $redis = new \Redis();
        $redis->connect('127.0.0.1', $this->port, 5);

        return $redis;
    }

    /** @return list<string> the field of each entry of the stream */
    public function fields(string $stream = 'log-messages'): array
    {
        return array_column(array_values($this->client()->xRange($stream, '-', '+')), 'message');
    }

    /** @return list<LogMessage> what a PHP worker reads there, with the transport's default serializers */
    public function messages(string $stream = 'log-messages'): array
    {
        $decode = static fn (string $field) => (new PhpSerializer())->decode(json_decode(unserialize($field), true))->getMessage();

        return array_map($decode, $this->fields($stream));
    }

    /** It keeps its connections, and accepts new ones, but says nothing. */
    public function freeze(): void
    {
        proc_terminate($this->process, \SIGSTOP);
    }

    public function thaw(): void
    {
        proc_terminate($this->process, \SIGCONT);
    }

    /** It loses what it holds. */
    public function restart(): void
    {
        proc_terminate($this->process, \SIGKILL);
        proc_close($this->process);
        $this->start();
    }

    public function stop(): void
    {
        if (!\is_resource($this->process)) {
            return;
        }
        proc_terminate($this->process, \SIGKILL);
        proc_close($this->process);
        array_map('unlink', glob($this->directory.'/*'));
        rmdir($this->directory);
    }

    private function answers(): bool
    {
        if (!proc_get_status($this->process)['running']) {
            throw new \RuntimeException('redis-server: '.file_get_contents($this->directory.'/out'));
        }
        try {
            return (bool) @$this->client()->ping();
        } catch (\RedisException) {
            return false;
        }
    }

    private static function freePort(): int
    {
        $socket = stream_socket_server('tcp://127.0.0.1:0');

        return (int) substr(strrchr(stream_socket_get_name($socket, false), ':'), 1);
    }
}
