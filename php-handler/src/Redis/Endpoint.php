<?php

declare(strict_types=1);

namespace Envelog\Redis;

/**
 * Where a Redis server listens, and who we are there.
 */
final class Endpoint
{
    /**
     * @param string                    $host    name, address, or path of a socket; "tls://" in front of a name means TLS
     * @param int                       $port    0 for a socket
     * @param string|list<string>|null  $auth    password, or user and password
     * @param array<string, mixed>      $ssl     options of PHP's SSL context
     * @param float                     $timeout seconds to wait for the connection; 0 for as long as the deadline allows
     * @param string|null               $pool    name of a connection that outlives the request; null for none
     */
    public function __construct(
        public readonly string $host,
        public readonly int $port,
        #[\SensitiveParameter] public readonly string|array|null $auth = null,
        public readonly int $database = 0,
        public readonly array $ssl = [],
        public readonly float $timeout = 0.0,
        public readonly ?string $pool = null,
    ) {
    }

    /**
     * @param string|list<string> $auth
     */
    public function withAuth(#[\SensitiveParameter] string|array $auth): self
    {
        return new self($this->host, $this->port, $auth, $this->database, $this->ssl, $this->timeout, $this->pool);
    }

    public function withDatabase(int $database): self
    {
        return new self($this->host, $this->port, $this->auth, $database, $this->ssl, $this->timeout, $this->pool);
    }

    public function pooled(?string $pool): self
    {
        return new self($this->host, $this->port, $this->auth, $this->database, $this->ssl, $this->timeout, $pool);
    }

    public function isTls(): bool
    {
        return 1 === preg_match('{^(tls|ssl)://}', $this->host);
    }

    /** The host without a scheme. */
    public function name(): string
    {
        return preg_replace('{^\w+://}', '', $this->host);
    }

    /** As PHP's stream functions want it. */
    public function address(): string
    {
        $name = $this->name();
        if (0 === $this->port || str_starts_with($name, '/')) {
            return "unix://$name";
        }
        $name = str_contains($name, ':') && !str_starts_with($name, '[') ? "[$name]" : $name;

        // PHP keeps persistent connections by address, of which a path is a part that it does not use otherwise.
        return "tcp://$name:$this->port".(null === $this->pool ? '' : '/'.hash('sha256', serialize([$this->pool, $this->auth, $this->database])));
    }
}
