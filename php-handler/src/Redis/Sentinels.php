<?php

declare(strict_types=1);

namespace Envelog\Redis;

use Envelog\Outbox\Deadline;

/**
 * Asks sentinels, one after the other, where their master is.
 */
final class Sentinels
{
    /**
     * @return array{string, int} host and port
     *
     * @throws ConnectionLost when none of them can tell
     */
    public static function master(RedisDsn $dsn, Deadline $deadline): array
    {
        $problem = null;
        foreach ($dsn->endpoints as $i => $endpoint) {
            // A sentinel that is silent must leave time for the others.
            $part = $deadline->part(1 / (\count($dsn->endpoints) - $i + 1));
            try {
                $connection = new RedisConnection($endpoint, $part);
                $commands = null === $dsn->sentinelAuth ? [] : [['AUTH', ...(array) $dsn->sentinelAuth]];
                $commands[] = ['SENTINEL', 'get-master-addr-by-name', (string) $dsn->master];
                $replies = $connection->call($commands, $part);
            } catch (ConnectionLost|ErrorReply $e) {
                $problem = $e->getMessage();
                continue;
            }
            $address = end($replies);
            if (\is_array($address) && 2 === \count($address)) {
                return [(string) $address[0], (int) $address[1]];
            }
            $problem = $address instanceof ErrorReply ? $address->getMessage() : sprintf('the sentinel %s does not know "%s"', $endpoint->name(), $dsn->master);
        }

        throw new ConnectionLost(sprintf('no sentinel names the master "%s": %s', $dsn->master, $problem));
    }
}
