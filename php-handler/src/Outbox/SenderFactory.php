<?php

declare(strict_types=1);

namespace Envelog\Outbox;

use Envelog\Redis\RedisDsn;
use Envelog\Redis\RedisSender;
use Symfony\Component\Messenger\MessageBusInterface;
use Symfony\Component\Messenger\Transport\Serialization\SerializerInterface;

/**
 * Picks the sender for a transport, at run time, since its DSN is usually an environment variable.
 */
final class SenderFactory
{
    /**
     * @param \Closure(): MessageBusInterface              $bus
     * @param array<string, \Closure(): TransportAddress>  $others the other transports of the application, by name
     */
    public function __construct(private readonly \Closure $bus, private readonly string $busId, private readonly array $others = [])
    {
    }

    /**
     * The sender that needs one round trip for a batch where the transport allows it, else one that dispatches.
     *
     * @param array<string, mixed> $options of the transport
     *
     * @throws \LogicException when another transport uses the same stream
     */
    public function forBatches(#[\SensitiveParameter] string $dsn, array $options, SerializerInterface $serializer): Sender
    {
        if (!RedisSender::supports($dsn, $options)) {
            return $this->forDispatch($dsn, $options, $serializer);
        }
        $this->refuseSharedStream($dsn, $options);

        return new RedisSender($dsn, $options, $serializer, $this->busId);
    }

    /**
     * @param array<string, mixed> $options of the transport
     *
     * @throws \LogicException when another transport uses the same stream
     */
    public function forDispatch(#[\SensitiveParameter] string $dsn = '', array $options = [], ?SerializerInterface $serializer = null): Sender
    {
        $this->refuseSharedStream($dsn, $options);
        $stamp = $serializer ? SymfonyJson::stamp($serializer) : null;

        return new BusSender($this->bus, $stamp ? [$stamp] : []);
    }

    private function refuseSharedStream(#[\SensitiveParameter] string $dsn, array $options): void
    {
        if (null === $own = RedisDsn::parse($dsn, $options)) {
            return;
        }
        foreach ($this->others as $name => $other) {
            try {
                $address = $other();
            } catch (\Throwable) { // its DSN is missing: whoever uses it will hear of that
                continue;
            }
            if (RedisDsn::parse($address->dsn, $address->options)?->isSameStreamAs($own)) {
                throw new \LogicException(TransportAddress::refusal($name, $own->stream));
            }
        }
    }
}
