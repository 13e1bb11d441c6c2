<?php

declare(strict_types=1);

namespace Envelog\Outbox;

use Envelog\LogMessage;
use Symfony\Component\Messenger\Bridge\Redis\Transport\Connection;
use Symfony\Component\Messenger\Envelope;
use Symfony\Component\Messenger\Stamp\BusNameStamp;
use Symfony\Component\Messenger\Transport\Serialization\SerializerInterface;

/**
 * Puts any number of messages on the transport's stream in one round trip. Each entry is what the transport itself
 * would have written: the envelope goes through the transport's serializer and Symfony's own Redis connection, which
 * is given the same DSN and options, and a client that sends all entries together (see BatchingRedis).
 */
final class RedisSender implements Sender
{
    private readonly BusNameStamp $busName;
    private ?Connection $connection = null;
    private ?BatchingRedis $redis = null;

    /**
     * @param array<string, mixed> $options of the transport
     * @param string               $bus     the id of the bus that a worker gives the message to
     * @param float                $timeout seconds for each wait, see BatchingRedis
     */
    public function __construct(
        #[\SensitiveParameter] private readonly string $dsn,
        private readonly array $options,
        private readonly SerializerInterface $serializer,
        string $bus,
        private readonly float $timeout,
    ) {
        $this->busName = new BusNameStamp($bus);
    }

    /** Whether this sender can take the place of the transport with that DSN: one Redis node, read by ext-redis. */
    public static function supports(#[\SensitiveParameter] string $dsn): bool
    {
        return 1 === preg_match('/^(redis|valkey)s?:[^,]+$/', $dsn) && class_exists(\Redis::class, false) && class_exists(Connection::class);
    }

    public function send(array $messages): SendReport
    {
        $unsent = [];
        try {
            $this->connect();
            foreach ($messages as $i => $message) {
                if (null !== $reason = $this->keep($message)) {
                    $unsent[$i] = $reason;
                }
            }
            $this->redis->sendKept();
        } catch (\Throwable $e) {
            $this->disconnect();

            return SendReport::down($e->getMessage(), \count($messages));
        }

        return new SendReport($unsent);
    }

    /** Returns why there is no entry for this message, whatever the state of the connection: the serializer has no words for it. */
    private function keep(LogMessage $message): ?string
    {
        try {
            $encoded = $this->serializer->encode(new Envelope($message, [$this->busName]));
            $this->connection->add($encoded['body'], $encoded['headers'] ?? []);
        } catch (\Throwable $e) {
            if ($e->getPrevious() instanceof \RedisException) {
                throw $e;
            }

            return $e->getMessage();
        }

        return null;
    }

    private function connect(): void
    {
        if (null !== $this->connection) {
            return;
        }
        $this->redis = new BatchingRedis($this->timeout);
        // A consumer group sees what was on the stream before it: setting one up is left to whoever reads. The
        // connection opens here, and not with the first entry.
        $options = ['auto_setup' => false, 'lazy' => false] + $this->options;
        unset($options['transport_name']);
        $this->connection = SocketTimeout::during($this->timeout, fn () => Connection::fromDsn($this->dsn, $options, $this->redis));
    }

    /** Whose reply would come next is anyone's guess: the connection is not used again, be it a persistent one. */
    private function disconnect(): void
    {
        try {
            $this->redis?->close();
        } catch (\RedisException) {
        }
        $this->connection = $this->redis = null;
    }
}
