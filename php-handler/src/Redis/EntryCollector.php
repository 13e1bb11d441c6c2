<?php

declare(strict_types=1);

namespace Envelog\Redis;

/**
 * The client that Symfony's Redis connection is given. It connects to nothing: it notes where that would have connected to,
 * with which login and serializer, and keeps each entry that would have been added to the stream.
 *
 * @internal
 */
final class EntryCollector extends \Redis
{
    private ?Endpoint $endpoint = null;
    private int $serializer = self::SERIALIZER_NONE;
    /** @var list<StreamEntry> */
    private array $entries = [];

    /**
     * @throws \LogicException when Symfony has not connected
     */
    public function endpoint(): Endpoint
    {
        return $this->endpoint ?? throw new \LogicException('Symfony\'s Redis connection has no endpoint.');
    }

    /** @return list<StreamEntry> what was kept since the last call */
    public function take(): array
    {
        $entries = $this->entries;
        $this->entries = [];

        return $entries;
    }

    /** Symfony 5.4 calls this with host and port alone, whatever the DSN says. */
    public function connect($host, $port = 6379, $timeout = 0, $persistent_id = null, $retry_interval = 0, $read_timeout = 0, $context = null): bool
    {
        $this->endpoint = new Endpoint($host, (int) $port, null, 0, $context['stream'] ?? [], (float) $timeout);

        return true;
    }

    public function pconnect($host, $port = 6379, $timeout = 0, $persistent_id = null, $retry_interval = 0, $read_timeout = 0, $context = null): bool
    {
        $this->endpoint = new Endpoint($host, (int) $port, null, 0, $context['stream'] ?? [], (float) $timeout);
        if (!$this->endpoint->isTls()) { // PHP cannot encrypt a stream that is encrypted already
            $this->endpoint = $this->endpoint->pooled((string) $persistent_id);
        }

        return true;
    }

    public function isConnected(): bool
    {
        return null !== $this->endpoint;
    }

    public function auth(#[\SensitiveParameter] $credentials): bool
    {
        $this->endpoint = $this->endpoint()->withAuth($credentials);

        return true;
    }

    public function select($db): bool
    {
        $this->endpoint = $this->endpoint()->withDatabase((int) $db);

        return true;
    }

    public function setOption($option, $value): bool
    {
        // phpredis keeps to none where it was built without the one that is asked for.
        if (self::OPT_SERIALIZER === $option && isset(self::serializers()[(int) $value])) {
            $this->serializer = (int) $value;
        }

        return true;
    }

    /** Keeps the entry; the id is not known yet. */
    public function xadd($key, $id, $values, $maxlen = 0, $approx = false, $nomkstream = false): string
    {
        $fields = [];
        foreach ($values as $field => $value) {
            array_push($fields, (string) $field, $this->encode($value));
        }
        $this->entries[] = new StreamEntry($key, $fields, (int) $maxlen, (bool) $approx);

        return '0-0';
    }

    /** Setting up the group is left to whoever reads: it sees what was on the stream before. */
    public function xgroup($operation, $key = null, $group = null, $id_or_consumer = null, $mkstream = false, $entries_read = -2): mixed
    {
        return true;
    }

    public function xinfo($operation, $arg1 = null, $arg2 = null, $count = -1): mixed
    {
        return [];
    }

    public function getLastError(): ?string
    {
        return null;
    }

    public function clearLastError(): bool
    {
        return true;
    }

    public function close(): bool
    {
        return true;
    }

    /** As phpredis does before it sends a value. */
    private function encode(mixed $value): string
    {
        return self::serializers()[$this->serializer]($value);
    }

    /** @return array<int, \Closure(mixed): string> by phpredis' number */
    private static function serializers(): array
    {
        $serializers = [
            self::SERIALIZER_NONE => static fn (mixed $value) => (string) $value,
            self::SERIALIZER_PHP => serialize(...),
        ];
        if (\defined('Redis::SERIALIZER_IGBINARY') && \function_exists('igbinary_serialize')) {
            $serializers[\Redis::SERIALIZER_IGBINARY] = igbinary_serialize(...);
        }
        if (\defined('Redis::SERIALIZER_MSGPACK') && \function_exists('msgpack_pack')) {
            $serializers[\Redis::SERIALIZER_MSGPACK] = msgpack_pack(...);
        }
        if (\defined('Redis::SERIALIZER_JSON')) {
            $serializers[\Redis::SERIALIZER_JSON] = static fn (mixed $value) => json_encode($value, \JSON_THROW_ON_ERROR);
        }

        return $serializers;
    }
}
