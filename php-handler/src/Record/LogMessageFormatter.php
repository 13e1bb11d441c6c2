<?php

declare(strict_types=1);

namespace Envelog\Record;

use Envelog\LogMessage;
use Monolog\Formatter\FormatterInterface;
use Monolog\LogRecord;
use Monolog\Utils;

/**
 * Monolog record to LogMessage, for Monolog 2 and 3. The record's objects are copied into plain data here, when it is
 * logged: they may have changed, or be gone, when the message leaves. Nothing throws: what cannot be read is replaced by
 * the reason.
 */
final class LogMessageFormatter implements FormatterInterface
{
    /** Bytes of an empty message, about. */
    private const OVERHEAD = 600;

    private int $size = 0;

    /**
     * @param MessageInterpolator|null                  $interpolator null to leave placeholders as they are
     * @param (callable(LogMessage): ?LogMessage)|null  $beforeSend   called with each message; what it returns goes on
     */
    public function __construct(
        private readonly ContextNormalizer $normalizer = new ContextNormalizer(new Redactor()),
        private readonly ?MessageInterpolator $interpolator = new MessageInterpolator(new Redactor()),
        private readonly mixed $beforeSend = null,
    ) {
    }

    public function format(array|LogRecord $record): ?LogMessage
    {
        return $this->message($record);
    }

    /**
     * @return list<LogMessage>
     */
    public function formatBatch(array $records): array
    {
        return array_values(array_filter(array_map($this->message(...), $records)));
    }

    /** @return LogMessage|null null when beforeSend has taken it */
    public function message(array|LogRecord $record): ?LogMessage
    {
        try {
            $message = $record instanceof LogRecord
                ? $this->copy($record->channel, $record->level->getName(), $record->message, $record->context, $record->extra, $record->datetime)
                : $this->copy($record['channel'], $record['level_name'], $record['message'], $record['context'], $record['extra'], $record['datetime']);
        } catch (\Throwable $e) {
            $message = $this->remains($record, $e);
        }

        return null === $this->beforeSend ? $message : $this->beforeSend($message);
    }

    /** About how many bytes of memory the last message holds. */
    public function size(): int
    {
        return $this->size;
    }

    private function copy(string $channel, string $level, string $message, array $context, array $extra, \DateTimeInterface $time): LogMessage
    {
        $normalized = $this->normalizer->context($context);
        $this->size = self::OVERHEAD + $this->normalizer->size();
        $hidden = $this->normalizer->hidden();
        $normalizedExtra = [];
        if ($extra) {
            $normalizedExtra = $this->normalizer->context($extra);
            $this->size += $this->normalizer->size();
        }
        $message = $this->text($message, $context, $normalized, $hidden);
        $this->size += \strlen($message);
        try {
            // Monolog's own date class would be one more that every reader has to know.
            $time = \DateTimeImmutable::createFromInterface($time);
        } catch (\Throwable) { // it was never constructed
            $time = new \DateTimeImmutable();
        }

        return new LogMessage($channel, $level, $message, $normalized, $normalizedExtra, $time);
    }

    /**
     * The text of the message, without the secrets of the context: a processor of the logger may have put them there.
     *
     * @param list<string> $hidden
     */
    private function text(string $message, array $context, array $normalized, array $hidden): string
    {
        if ($hidden) {
            $message = str_replace($hidden, Redactor::MASK, $message);
        }
        $message = $this->normalizer->text($message);
        if (null !== $this->interpolator && str_contains($message, '{')) {
            $message = $this->interpolator->interpolate($message, $context, $normalized);
        }

        return \strlen($message) > ContextNormalizer::MAX_STRING ? ContextNormalizer::cut($message) : $message;
    }

    private function remains(array|LogRecord $record, \Throwable $e): LogMessage
    {
        $text = static fn (string $property) => \is_string($record[$property] ?? null) ? $record[$property] : '';
        $this->size = self::OVERHEAD + \strlen($text('message'));
        $reason = ContextNormalizer::failure($e);

        return new LogMessage($text('channel'), $text('level_name'), ContextNormalizer::cut($this->normalizer->text($text('message'))), ['envelog_error' => $reason], [], new \DateTimeImmutable());
    }

    /** A message that could not be cleaned is not sent as it was. */
    private function beforeSend(LogMessage $message): ?LogMessage
    {
        try {
            return ($this->beforeSend)($message);
        } catch (\Throwable $e) {
            $reason = sprintf('%s: %s', Utils::getClass($e), ContextNormalizer::cut($e->getMessage()));

            return new LogMessage($message->channel, $message->level, 'This record is not shown, as envelog.before_send failed.', ['envelog_error' => $reason], [], $message->timestamp);
        }
    }
}
