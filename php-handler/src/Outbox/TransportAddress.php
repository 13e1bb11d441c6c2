<?php

declare(strict_types=1);

namespace Envelog\Outbox;

/**
 * Where a transport leads, once its environment variables are known.
 */
final class TransportAddress
{
    /**
     * @param array<string, mixed> $options
     */
    public function __construct(#[\SensitiveParameter] public readonly string $dsn, public readonly array $options)
    {
    }

    /**
     * What is known of an outage is shared by all who send to an address. Where it is not known, because its variable is
     * missing, by all of the application.
     *
     * @param \Closure(): self $address
     */
    public static function outage(\Closure $address, string $application, string $directory): SharedOutage
    {
        try {
            $known = $address();
            $key = serialize([$known->dsn, $known->options]);
        } catch (\Throwable) {
            $key = $application;
        }

        return new SharedOutage($key, $directory);
    }

    /** Says why two transports must not share a stream. */
    public static function refusal(string $other, string $stream): string
    {
        return sprintf('The transport "%s" uses the same stream as the log messages ("%s"): the consumer of the logs would take its messages and remove them. Give the log transport a variable and a stream of its own, such as LOG_TRANSPORT_DSN=redis://localhost:6379/log-messages?delete_after_ack=1.', $other, $stream);
    }
}
