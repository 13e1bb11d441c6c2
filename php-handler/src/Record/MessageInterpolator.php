<?php

declare(strict_types=1);

namespace Envelog\Record;

use Monolog\Utils;

/**
 * Puts values of the context into the message, as Monolog's PsrLogMessageProcessor does, but after the secrets among them
 * were masked: 'Matched route "{route}"'.
 */
final class MessageInterpolator
{
    private const DATE = 'Y-m-d\TH:i:s.uP';

    public function __construct(private readonly Redactor $redactor)
    {
    }

    /**
     * @param array $context    as it was logged
     * @param array $normalized the same after ContextNormalizer
     */
    public function interpolate(string $message, array $context, array $normalized): string
    {
        $values = [];
        foreach ($normalized as $key => $value) {
            $placeholder = '{'.$key.'}';
            if (str_contains($message, $placeholder)) {
                $values[$placeholder] = $this->text($context[$key] ?? null, $value);
            }
        }

        return strtr($message, $values);
    }

    private function text(mixed $original, mixed $value): string
    {
        if (!\is_array($value)) {
            return $original instanceof \DateTimeInterface && Redactor::MASK !== $value ? self::date($original, (string) $value) : (string) $value;
        }
        if (\is_object($original)) {
            // {"Class": text} of an object with __toString(), or of an enum.
            $shown = $original instanceof \Stringable || $original instanceof \UnitEnum ? reset($value) : null;

            return \is_scalar($shown) ? (string) $shown : '[object '.Utils::getClass($original).']';
        }

        return 'array'.$this->redactor->text((string) json_encode($value, \JSON_UNESCAPED_SLASHES | \JSON_UNESCAPED_UNICODE | \JSON_PRESERVE_ZERO_FRACTION | \JSON_INVALID_UTF8_SUBSTITUTE | \JSON_PARTIAL_OUTPUT_ON_ERROR));
    }

    private static function date(\DateTimeInterface $date, string $otherwise): string
    {
        try {
            return $date instanceof \Monolog\DateTimeImmutable || $date instanceof \Monolog\JsonSerializableDateTimeImmutable ? (string) $date : $date->format(self::DATE);
        } catch (\Throwable) {
            return $otherwise;
        }
    }
}
