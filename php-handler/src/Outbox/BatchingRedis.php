<?php

declare(strict_types=1);

namespace Envelog\Outbox;

/**
 * The client that Symfony's Redis connection is given in buffered mode: it keeps each XADD, and sends all of them
 * together when it is told to.
 *
 * They travel as one script instead of a pipeline. phpredis waits the full read timeout for each reply of a pipeline
 * (a hundred records at half a second when Redis hangs), and a pipeline on a connection that the server has closed
 * loses its replies (phpredis 5.3). A script has one reply, and either all of its entries are added or none.
 *
 * @internal
 */
final class BatchingRedis extends \Redis
{
    private const SCRIPT = 'for i = 3, #ARGV, 2 do '
        .'if ARGV[1] == "" then redis.call("XADD", KEYS[1], "*", ARGV[i], ARGV[i + 1]) '
        .'else redis.call("XADD", KEYS[1], "MAXLEN", ARGV[2], ARGV[1], "*", ARGV[i], ARGV[i + 1]) end end '
        .'return (#ARGV - 2) / 2';

    /** @var array<string, list<string>> arguments of the script, by stream */
    private array $kept = [];

    /**
     * @param float $timeout seconds to wait for a connection, and for each reply, where the DSN does not say
     */
    public function __construct(private readonly float $timeout)
    {
        parent::__construct();
    }

    /** Symfony 5.4 calls this with host and port alone, whatever the DSN says. */
    public function connect($host, $port = 6379, $timeout = 0, $persistent_id = null, $retry_interval = 0, $read_timeout = 0, $context = null): bool
    {
        return $this->dial('connect', $host, $port, $timeout, null, $retry_interval, $read_timeout, $context);
    }

    public function pconnect($host, $port = 6379, $timeout = 0, $persistent_id = null, $retry_interval = 0, $read_timeout = 0, $context = null): bool
    {
        return $this->dial('pconnect', $host, $port, $timeout, $persistent_id, $retry_interval, $read_timeout, $context);
    }

    /** Keeps the entry; the id is not known yet. */
    public function xadd($key, $id, $values, $maxlen = 0, $approx = false, $nomkstream = false): string
    {
        $this->kept[$key] ??= $maxlen ? [(string) $maxlen, $approx ? '~' : '='] : ['', ''];
        foreach ($values as $field => $value) {
            array_push($this->kept[$key], (string) $field, $this->_serialize($value));
        }

        return '0-0';
    }

    /**
     * Sends what was kept, in one round trip for each stream.
     *
     * @throws \RedisException when they are not on the stream, or perhaps not
     */
    public function sendKept(): void
    {
        $kept = $this->kept;
        $this->kept = [];
        foreach ($kept as $stream => $arguments) {
            $this->clearLastError();
            $added = $this->eval(self::SCRIPT, [$stream, ...$arguments], 1);
            if ($added !== (\count($arguments) - 2) / 2) {
                throw new \RedisException($this->getLastError() ?? 'Redis did not confirm the entries');
            }
        }
    }

    private function dial(string $how, string $host, int $port, float $timeout, ?string $id, int $retryInterval, float $readTimeout, ?array $context): bool
    {
        $arguments = [$host, $port, $timeout ?: $this->timeout, $id, $retryInterval, $readTimeout ?: $this->timeout];
        if ($context) {
            $arguments[] = $context;
        }
        $connected = parent::$how(...$arguments);
        if ($connected) {
            $this->setOption(self::OPT_MAX_RETRIES, 1);
        }

        return $connected;
    }
}
