<?php

declare(strict_types=1);

namespace Envelog\Outbox;

use Symfony\Component\Messenger\MessageBusInterface;
use Symfony\Component\Messenger\Transport\Serialization\SerializerInterface;

/**
 * Picks the sender for a transport, at run time, since its DSN is usually an environment variable.
 */
final class SenderFactory
{
    /**
     * @param \Closure(): MessageBusInterface $bus
     * @param float                           $timeout seconds for each wait for the transport
     */
    public function __construct(private readonly \Closure $bus, private readonly string $busId, private readonly float $timeout)
    {
        if ($timeout <= 0) {
            throw new \InvalidArgumentException(sprintf('The timeout must be greater than 0 seconds, %s given.', $timeout));
        }
    }

    /**
     * The sender that needs one round trip for a batch where the transport allows it, else one that dispatches.
     *
     * @param array<string, mixed> $options of the transport
     */
    public function forBatches(#[\SensitiveParameter] string $dsn, array $options, SerializerInterface $serializer): Sender
    {
        if (!RedisSender::supports($dsn)) {
            return $this->forDispatch();
        }

        return new RedisSender($dsn, $options, $serializer, $this->busId, $this->timeout);
    }

    public function forDispatch(): Sender
    {
        return new BusSender($this->bus, $this->timeout);
    }
}
