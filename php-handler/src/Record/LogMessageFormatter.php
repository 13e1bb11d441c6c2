<?php

declare(strict_types=1);

namespace Envelog\Record;

use Envelog\LogMessage;
use Monolog\Formatter\FormatterInterface;
use Monolog\LogRecord;

/**
 * Monolog record to LogMessage, for Monolog 2 and 3. The record's objects are copied into plain data here, when it is
 * logged: they may have changed, or be gone, when the message leaves.
 */
final class LogMessageFormatter implements FormatterInterface
{
    public function __construct(private readonly ContextNormalizer $normalizer = new ContextNormalizer(new Redactor()))
    {
    }

    public function format(array|LogRecord $record): LogMessage
    {
        if ($record instanceof LogRecord) {
            return $this->message($record->channel, $record->level->getName(), $record->message, $record->context, $record->extra, $record->datetime);
        }

        return $this->message($record['channel'], $record['level_name'], $record['message'], $record['context'], $record['extra'], $record['datetime']);
    }

    /**
     * @return list<LogMessage>
     */
    public function formatBatch(array $records): array
    {
        return array_map($this->format(...), array_values($records));
    }

    private function message(string $channel, string $level, string $message, array $context, array $extra, \DateTimeInterface $time): LogMessage
    {
        return new LogMessage(
            $channel,
            $level,
            ContextNormalizer::cut($message),
            $this->normalizer->normalize($context),
            $this->normalizer->normalize($extra),
            // Monolog's own date class would be one more that every reader has to know.
            \DateTimeImmutable::createFromInterface($time),
        );
    }
}
