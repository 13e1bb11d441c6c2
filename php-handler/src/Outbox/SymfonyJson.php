<?php

declare(strict_types=1);

namespace Envelog\Outbox;

use Envelog\LogMessage;
use Symfony\Component\Messenger\Envelope;
use Symfony\Component\Messenger\Stamp\SerializerStamp;
use Symfony\Component\Messenger\Transport\Serialization\SerializerInterface;

/**
 * What a transport needs that writes messages with Symfony's serializer, "messenger.transport.symfony_serializer": it cuts
 * dates to seconds, and refuses strings that are not UTF-8, unless it is told otherwise.
 */
final class SymfonyJson
{
    /**
     * The stamp that tells it otherwise, and tells a reader the format of the date; null for other serializers. They are told apart by what they write: Symfony's own may
     * stand behind one that signs.
     */
    public static function stamp(SerializerInterface $serializer): ?SerializerStamp
    {
        try {
            $headers = $serializer->encode(new Envelope(new LogMessage('', 'INFO', '', [], [], new \DateTimeImmutable())))['headers'] ?? [];
        } catch (\Throwable) { // which the first message will say
            return null;
        }
        if (LogMessage::class !== ($headers['type'] ?? null) || 'application/json' !== ($headers['Content-Type'] ?? null)) {
            return null;
        }

        return new SerializerStamp([
            'datetime_format' => 'Y-m-d\TH:i:s.uP',
            'json_encode_options' => \JSON_PRESERVE_ZERO_FRACTION | \JSON_INVALID_UTF8_SUBSTITUTE,
        ]);
    }
}
