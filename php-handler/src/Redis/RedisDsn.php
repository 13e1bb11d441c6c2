<?php

declare(strict_types=1);

namespace Envelog\Redis;

/**
 * What of a transport's DSN and options must be known before Symfony's own Redis connection reads them: whether one server
 * is meant, a master that sentinels know, or a cluster, and which stream.
 */
final class RedisDsn
{
    private const PORT = 6379;

    /**
     * @param list<Endpoint>                   $endpoints     servers or sentinels
     * @param string|null                      $master        name of the master that the sentinels know
     * @param string|list<string>|null         $sentinelAuth
     * @param string                           $stream
     */
    private function __construct(
        public readonly array $endpoints,
        public readonly ?string $master,
        #[\SensitiveParameter] public readonly string|array|null $sentinelAuth,
        public readonly bool $isCluster,
        public readonly string $stream,
        public readonly int $database,
    ) {
    }

    /**
     * @param array<string, mixed> $options of the transport
     *
     * @return self|null null when it is not a DSN of Redis, or cannot be read
     */
    public static function parse(#[\SensitiveParameter] string $dsn, array $options): ?self
    {
        if (1 !== preg_match('/^(?:redis|valkey)s?:/', $dsn)) {
            return null;
        }
        $endpoints = [];
        $path = '';
        foreach (explode(',', $dsn) as $part) {
            // parse_url() does not know schemes without a host.
            $url = parse_url(preg_replace('{^\w+:(?=///|/?\?)}', 'file:', $part));
            if (false === $url) {
                return null;
            }
            parse_str($url['query'] ?? '', $query);
            $tls = 1 === preg_match('/^(?:rediss|valkeys):/', $part) ? 'tls://' : '';
            $options = $query + $options;
            if (isset($url['host'])) {
                $endpoints[] = new Endpoint($tls.$url['host'], $url['port'] ?? self::PORT);
                $path = $url['path'] ?? $path;
            } elseif (isset($query['host']) && \is_array($query['host'])) {
                array_push($endpoints, ...self::hosts($query['host'], $tls));
            } else {
                $endpoints[] = new Endpoint(rtrim($url['path'] ?? '', '/'), 0);
            }
        }
        $master = $options['sentinel_master'] ?? $options['redis_sentinel'] ?? $options['sentinel'] ?? null;
        $isCluster = null === $master && (\count($endpoints) > 1 || filter_var($options['cluster'] ?? false, \FILTER_VALIDATE_BOOL));

        return new self($endpoints, \is_string($master) ? $master : null, $options['auth'] ?? null, $isCluster, self::stream($path, $options), (int) ($options['dbindex'] ?? 0));
    }

    /** Whether both name the same stream of the same server, as far as their texts tell. */
    public function isSameStreamAs(self $other): bool
    {
        return $this->stream === $other->stream && $this->database === $other->database && $this->master === $other->master
            && [] !== array_intersect($this->addresses(), $other->addresses());
    }

    /** @return list<Endpoint> */
    private static function hosts(array $hosts, string $tls): array
    {
        $endpoints = [];
        foreach (array_keys($hosts) as $host) {
            $colon = strrpos((string) $host, ':');
            $port = false === $colon ? 0 : (int) substr($host, $colon + 1);
            $endpoints[] = new Endpoint($tls.($port ? substr($host, 0, $colon) : $host), $port ?: self::PORT);
        }

        return $endpoints;
    }

    private static function stream(string $path, array $options): string
    {
        return (explode('/', rtrim($path, '/'))[1] ?? null) ?: (\is_string($options['stream'] ?? null) ? $options['stream'] : 'messages');
    }

    /** @return list<string> */
    private function addresses(): array
    {
        return array_map(static fn (Endpoint $e) => strtolower(preg_replace('/^(localhost|\[?::1\]?)$/i', '127.0.0.1', $e->name())).':'.$e->port, $this->endpoints);
    }
}
