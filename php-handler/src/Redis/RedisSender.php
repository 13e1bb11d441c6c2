<?php

declare(strict_types=1);

namespace Envelog\Redis;

use Envelog\LogMessage;
use Envelog\Outbox\Deadline;
use Envelog\Outbox\Sender;
use Envelog\Outbox\SendReport;
use Envelog\Outbox\SymfonyJson;
use Symfony\Component\Messenger\Bridge\Redis\Transport\Connection;
use Symfony\Component\Messenger\Envelope;
use Symfony\Component\Messenger\Stamp\BusNameStamp;
use Symfony\Component\Messenger\Stamp\StampInterface;
use Symfony\Component\Messenger\Transport\Serialization\SerializerInterface;

/**
 * Puts any number of messages on the transport's stream in one round trip. Each entry is what the transport itself
 * would have written: the envelope goes through the transport's serializer and Symfony's own Redis connection, which
 * is given the same DSN and options, and a client that collects the entries (see EntryCollector). They leave as one
 * script, so that either all of them are added or none, on a connection that keeps to the deadline.
 *
 * A batch is sent again, once, on a new connection, when a connection that was used before turns out to be closed. Where
 * the server knows XADD ... IDMP (Redis 8.6), that adds no entry twice.
 */
final class RedisSender implements Sender
{
    /** KEYS: the stream. ARGV: maximal length or "", "~" or "=", producer, then id, field and value of each entry. */
    private const SCRIPT = <<<'LUA'
        local idempotent = (redis.REDIS_VERSION_NUM or 0) >= 0x80600
        for i = 4, #ARGV, 3 do
          local add = {'XADD', KEYS[1]}
          if idempotent then
            add[#add + 1] = 'IDMP'
            add[#add + 1] = string.match(ARGV[i], '^(.*)/') or ARGV[3]
            add[#add + 1] = string.match(ARGV[i], '([^/]*)$')
          end
          if ARGV[1] ~= '' then
            add[#add + 1] = 'MAXLEN'
            add[#add + 1] = ARGV[2]
            add[#add + 1] = ARGV[1]
          end
          add[#add + 1] = '*'
          add[#add + 1] = ARGV[i + 1]
          add[#add + 1] = ARGV[i + 2]
          redis.call(unpack(add))
        end
        return (#ARGV - 3) / 3
        LUA;

    /** Redis remembers the last 100 ids of each producer. */
    private const IDS_OF_A_PRODUCER = 100;

    private readonly BusNameStamp $busName;
    /** @var list<StampInterface> */
    private array $stamps = [];
    private ?Connection $symfony = null;
    private ?EntryCollector $collector = null;
    private ?RedisConnection $connection = null;

    /**
     * @param array<string, mixed> $options of the transport
     * @param string               $bus     the id of the bus that a worker gives the message to
     */
    public function __construct(
        #[\SensitiveParameter] private readonly string $dsn,
        private readonly array $options,
        private readonly SerializerInterface $serializer,
        string $bus,
    ) {
        $this->busName = new BusNameStamp($bus);
    }

    /**
     * Whether this sender can take the place of the transport: one Redis node, or a master that sentinels know.
     *
     * @param array<string, mixed> $options of the transport
     */
    public static function supports(#[\SensitiveParameter] string $dsn, array $options = []): bool
    {
        return class_exists(\Redis::class, false) && class_exists(Connection::class) && false === (RedisDsn::parse($dsn, $options)?->isCluster ?? true);
    }

    public function send(array $messages, Deadline $deadline, array $ids = []): SendReport
    {
        $batch = [];
        $unsent = [];
        $ids += $this->ids(\count($messages));
        try {
            $this->prepare($deadline);
            foreach ($messages as $i => $message) {
                try {
                    $batch[$i] = $this->encode($message);
                } catch (\Throwable $e) { // whatever the state of the connection: the serializer cannot write this message
                    $unsent[$i] = SendReport::withoutPasswords($e->getMessage());
                }
            }
            if ($batch) {
                $this->deliver($batch, $ids, $deadline);
            }
        } catch (\Throwable $e) {
            $this->disconnect();
            $report = SendReport::down($e->getMessage(), \count($messages));

            return new SendReport($report->unsent, $report->carrierDown, $e instanceof ReplyLost ? array_intersect_key($ids, $batch) : []);
        }

        return new SendReport($unsent);
    }

    public function abandon(): void
    {
        $this->disconnect();
    }

    /**
     * @param non-empty-array<int, StreamEntry> $batch
     * @param array<int, string>                $ids
     *
     * @throws ReplyLost      when the entries may be on the stream
     * @throws ConnectionLost when they are not
     * @throws ErrorReply     when Redis has refused them
     */
    private function deliver(array $batch, array $ids, Deadline $deadline): void
    {
        $first = reset($batch);
        $arguments = ['EVAL', self::SCRIPT, '1', $first->stream, $first->maxLength ? (string) $first->maxLength : '', $first->approximate ? '~' : '=', self::producer()];
        foreach ($batch as $i => $entry) {
            array_push($arguments, $ids[$i], ...$entry->fields);
        }
        if ($this->connection?->isStale()) {
            $this->connection = null;
        }
        $isUsed = null !== $this->connection;
        $this->connection ??= $this->connect($deadline);
        try {
            $reply = $this->call($arguments, $deadline);
        } catch (ReplyLost $e) {
            if (!$isUsed || $e->timedOut) {
                throw $e;
            }
            $this->connection = $this->connect($deadline);
            $reply = $this->call($arguments, $deadline);
        }
        if ($reply instanceof ErrorReply) {
            // Redis ends with where in the script it was, which says nothing to whoever reads the log.
            throw new ErrorReply(preg_replace('/ script: [0-9a-f]{40}\b.*$/s', '', $reply->getMessage()));
        }
        if ($reply !== \count($batch)) {
            throw new ReplyLost('Redis did not confirm the entries');
        }
    }

    private function call(array $arguments, Deadline $deadline): mixed
    {
        try {
            return $this->connection->call([$arguments], $deadline)[0];
        } catch (ConnectionLost $e) {
            throw new ReplyLost($e->getMessage(), $e->timedOut);
        }
    }

    private function encode(LogMessage $message): StreamEntry
    {
        $encoded = $this->serializer->encode(new Envelope($message, $this->stamps));
        $this->symfony->add($encoded['body'], $encoded['headers'] ?? []);

        return $this->collector->take()[0];
    }

    /** Has Symfony read the DSN and the options. */
    private function prepare(Deadline $deadline): void
    {
        if (null !== $this->symfony) {
            return;
        }
        [$dsn, $options] = $this->resolve($deadline);
        // A consumer group sees what was on the stream before it: setting one up is left to whoever reads.
        $options = ['auto_setup' => false, 'lazy' => false] + $options;
        unset($options['transport_name']);
        $this->stamps = array_values(array_filter([$this->busName, SymfonyJson::stamp($this->serializer)]));
        $this->collector = new EntryCollector();
        $this->symfony = Connection::fromDsn($dsn, $options, $this->collector);
    }

    /**
     * The DSN and the options, with the master in the place of sentinels.
     *
     * @return array{string, array<string, mixed>}
     */
    private function resolve(Deadline $deadline): array
    {
        $parsed = RedisDsn::parse($this->dsn, $this->options);
        if (null === $parsed?->master) {
            return [$this->dsn, $this->options];
        }
        [$host, $port] = Sentinels::master($parsed, $deadline);
        $host = str_contains($host, ':') ? "[$host]" : $host;
        $first = explode(',', $this->dsn);
        $dsn = end($first);
        $url = parse_url(preg_replace('{^\w+:(?=/?\?)}', 'file:', $dsn)) ?: [];
        $scheme = substr($dsn, 0, strpos($dsn, ':'));
        $login = isset($url['host'], $url['user']) ? $url['user'].(isset($url['pass']) ? ':'.$url['pass'] : '').'@' : '';
        parse_str($url['query'] ?? '', $query);
        // "auth" is the sentinels' password where the DSN has one for the master.
        $isSentinel = array_flip(['host', 'sentinel', 'redis_sentinel', 'sentinel_master', 'cluster', ...('' === $login ? [] : ['auth'])]);

        return ["$scheme://$login$host:$port/".$parsed->stream.'?'.http_build_query(array_diff_key($query, $isSentinel)), array_diff_key($this->options, $isSentinel)];
    }

    private function connect(Deadline $deadline): RedisConnection
    {
        $endpoint = $this->collector->endpoint();
        if (null !== $endpoint->pool) {
            try {
                return new RedisConnection($endpoint, $deadline->part(0.5));
            } catch (ConnectionLost) { // it was open before this request, and is not any more
            }
        }

        return new RedisConnection($endpoint, $deadline);
    }

    /** Whose reply would come next is not known: the connection is not used again. */
    private function disconnect(): void
    {
        $this->connection?->close();
        $this->connection = null;
        if (null !== RedisDsn::parse($this->dsn, $this->options)?->master) { // there may be another one
            $this->symfony = $this->collector = null;
        }
    }

    /**
     * @return list<string> "<producer>/<id>" for each message
     */
    private function ids(int $count): array
    {
        $batch = bin2hex(random_bytes(6));
        $ids = [];
        for ($i = 0; $i < $count; ++$i) {
            $ids[] = self::producer().'.'.intdiv($i, self::IDS_OF_A_PRODUCER).'/'.$batch.'-'.$i;
        }

        return $ids;
    }

    private static function producer(): string
    {
        return gethostname().':'.getmypid();
    }
}
