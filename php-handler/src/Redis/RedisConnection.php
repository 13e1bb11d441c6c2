<?php

declare(strict_types=1);

namespace Envelog\Redis;

use Envelog\Outbox\Deadline;

/**
 * A connection to a Redis server on which every wait ends at a deadline: for the connection, for TLS, for room to write and
 * for each byte of a reply. phpredis cannot do that: its timeouts begin again with every byte that arrives, and with every
 * command of a login.
 *
 * Looking up a host name is PHP's own business, and takes what the system's resolver takes.
 */
final class RedisConnection
{
    /** A connection that was not used for so long may have been forgotten on the way, by a load balancer or a firewall. */
    private const STALE_AFTER = 2.0;
    private const CHUNK = 65536;

    /** @var resource */
    private $stream;
    private readonly ReplyReader $replies;
    private float $usedAt;

    /**
     * @throws ConnectionLost
     * @throws ErrorReply     the login or the database was refused
     */
    public function __construct(private readonly Endpoint $endpoint, Deadline $deadline)
    {
        $this->replies = new ReplyReader();
        $this->stream = $this->open($deadline);
        stream_set_blocking($this->stream, false);
        stream_set_read_buffer($this->stream, 0);
        stream_set_write_buffer($this->stream, 0);
        try {
            if ($endpoint->isTls()) {
                $this->encrypt($deadline);
            }
            $this->keepAlive();
            $this->usedAt = self::now();
            $this->logIn($deadline);
        } catch (\Throwable $e) {
            $this->close();
            throw $e;
        }
    }

    public function __destruct()
    {
        if (null === $this->endpoint->pool) {
            $this->close();
        }
    }

    /**
     * Sends commands together, and reads all of their replies.
     *
     * @param non-empty-list<non-empty-list<string>> $commands
     *
     * @return list<mixed> ErrorReply where a command failed
     *
     * @throws ConnectionLost
     */
    public function call(array $commands, Deadline $deadline): array
    {
        $this->write(implode('', array_map(self::encode(...), $commands)), $deadline);
        $replies = [];
        foreach ($commands as $_) {
            $replies[] = $this->read($deadline);
        }
        $this->usedAt = self::now();

        return $replies;
    }

    /** Whether the connection should be replaced before it is used: it is closed, or was idle for long. */
    public function isStale(): bool
    {
        if (self::now() - $this->usedAt >= self::STALE_AFTER) {
            return true;
        }
        // What arrives unasked is not the answer to the next command. With TLS the server may send tickets.
        $bytes = @fread($this->stream, self::CHUNK);

        return !\is_string($bytes) || '' !== $bytes || feof($this->stream);
    }

    /** Does not wait: the socket does not block. */
    public function close(): void
    {
        if (\is_resource($this->stream)) {
            @fclose($this->stream);
        }
    }

    /** @return resource */
    private function open(Deadline $deadline)
    {
        $timeout = $this->endpoint->timeout > 0 ? min($this->endpoint->timeout, $deadline->remaining()) : $deadline->remaining();
        $context = stream_context_create(['socket' => ['tcp_nodelay' => true], 'ssl' => $this->endpoint->ssl + ['peer_name' => trim($this->endpoint->name(), '[]')]]);
        $flags = \STREAM_CLIENT_CONNECT | (null === $this->endpoint->pool ? 0 : \STREAM_CLIENT_PERSISTENT);
        error_clear_last();
        // A timeout of 0 would mean none.
        $stream = @stream_socket_client($this->endpoint->address(), $code, $message, max(0.001, $timeout), $flags, $context);
        if (false === $stream) {
            $message = $message ?: (error_get_last()['message'] ?? 'unknown error');
            throw new ConnectionLost(sprintf('connect to %s: %s', $this->place(), $message), 0 === strcasecmp($message, 'Connection timed out'));
        }

        return $stream;
    }

    private function encrypt(Deadline $deadline): void
    {
        error_clear_last();
        while (true !== $done = @stream_socket_enable_crypto($this->stream, true, \STREAM_CRYPTO_METHOD_TLS_CLIENT)) {
            if (false === $done) {
                $reason = preg_replace('/^stream_socket_enable_crypto\(\): /', '', error_get_last()['message'] ?? 'the server closed the connection');
                throw new ConnectionLost(sprintf('TLS with %s: %s', $this->place(), strtr($reason, ["\n" => ' '])));
            }
            $this->wait($deadline, true, 'TLS');
        }
    }

    private function keepAlive(): void
    {
        if (!\function_exists('socket_import_stream') || !$socket = @socket_import_stream($this->stream)) {
            return;
        }
        @socket_set_option($socket, \SOL_SOCKET, \SO_KEEPALIVE, 1);
    }

    private function logIn(Deadline $deadline): void
    {
        $commands = [];
        if (null !== $this->endpoint->auth) {
            $commands[] = ['AUTH', ...(array) $this->endpoint->auth];
        }
        if (0 !== $this->endpoint->database) {
            $commands[] = ['SELECT', (string) $this->endpoint->database];
        }
        if (null !== $this->endpoint->pool && !$commands) {
            $commands[] = ['PING']; // it may come from an earlier request, and be dead
        }
        foreach ($commands ? $this->call($commands, $deadline) : [] as $reply) {
            if ($reply instanceof ErrorReply) {
                throw $reply;
            }
        }
    }

    /**
     * @param non-empty-list<string> $command
     */
    private static function encode(array $command): string
    {
        $bytes = '*'.\count($command)."\r\n";
        foreach ($command as $argument) {
            $bytes .= '$'.\strlen($argument)."\r\n".$argument."\r\n";
        }

        return $bytes;
    }

    private function write(string $bytes, Deadline $deadline): void
    {
        for ($at = 0, $length = \strlen($bytes); $at < $length; $at += $written) {
            $written = @fwrite($this->stream, substr($bytes, $at, self::CHUNK));
            if (false === $written || 0 === $written && feof($this->stream)) {
                throw $this->closed();
            }
            if (0 === $written) {
                $this->wait($deadline, false, 'writing');
            }
        }
    }

    private function read(Deadline $deadline): mixed
    {
        while (null === $reply = $this->replies->next()) {
            $bytes = @fread($this->stream, self::CHUNK);
            if (\is_string($bytes) && '' !== $bytes) {
                $this->replies->feed($bytes);
            } elseif (!\is_string($bytes) || feof($this->stream)) {
                throw new ConnectionLost(sprintf('%s closed the connection', $this->place()));
            } else {
                $this->wait($deadline, true, 'the reply');
            }
        }

        return $reply[0];
    }

    /** Waits until the socket can be read or written. A reply that is there is taken even if the deadline has passed. */
    private function wait(Deadline $deadline, bool $read, string $for): void
    {
        $left = $deadline->remaining();
        $reads = $read ? [$this->stream] : [];
        $writes = $read ? [] : [$this->stream];
        $none = [];
        $ready = @stream_select($reads, $writes, $none, (int) $left, (int) (fmod($left, 1) * 1e6));
        if (!$ready && $deadline->passed()) {
            throw new ConnectionLost(sprintf('%s: timed out after %g s, waiting for %s', $this->place(), $deadline->seconds, $for), true);
        }
    }

    /** Why the server has closed the connection, if it has said so: too many clients, for example. */
    private function closed(): \RuntimeException
    {
        $bytes = @fread($this->stream, self::CHUNK);
        if (\is_string($bytes) && '' !== $bytes) {
            $this->replies->feed($bytes);
            if (($reply = $this->replies->next()) && $reply[0] instanceof ErrorReply) {
                return $reply[0];
            }
        }

        return new ConnectionLost(sprintf('%s closed the connection', $this->place()));
    }

    private function place(): string
    {
        return $this->endpoint->name().($this->endpoint->port ? ':'.$this->endpoint->port : '');
    }

    private static function now(): float
    {
        return hrtime(true) / 1e9;
    }
}
