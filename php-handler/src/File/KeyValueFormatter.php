<?php

declare(strict_types=1);

namespace Envelog\File;

use Envelog\LogMessage;

/**
 * One line for a message, byte for byte as envelog's default format "keyvalue":
 *
 *     [2026-11-23T08:49:34.841400+00:00] app.WARNING: message key=value user="two words" nested={"a":1} extra.uid=7
 *
 * A channel, a message, a key or a text stands bare where a reader cannot mistake it for anything else, and otherwise
 * as a JSON string. Arrays stand as JSON, with Monolog's bounds. Characters on which terminals act are escaped.
 */
final class KeyValueFormatter
{
    private const DATE = 'Y-m-d\TH:i:s.uP';
    private const EXTRA = 'extra.';

    private const MAX_DEPTH = 9;
    private const MAX_ITEMS = 1000;
    /** Monolog counts the record, its context, and then the elements of that. */
    private const FIELD_DEPTH = 2;

    private const JSON = \JSON_UNESCAPED_SLASHES | \JSON_UNESCAPED_UNICODE | \JSON_PRESERVE_ZERO_FRACTION | \JSON_INVALID_UTF8_SUBSTITUTE | \JSON_PARTIAL_OUTPUT_ON_ERROR;

    /**
     * Characters that JSON leaves as they are, and on which a terminal acts, or that a reader does not see: controls, marks
     * that turn the direction of writing around, characters without a width, fillers and tags. The same as in envelog's
     * format/hidden.go.
     */
    private const HIDDEN = '\x7f\x{80}-\x{9f}\x{ad}\x{34f}\x{61c}\x{115f}\x{1160}\x{17b4}\x{17b5}\x{180b}-\x{180f}\x{200b}-\x{200f}\x{202a}-\x{202e}'
        .'\x{2060}-\x{206f}\x{3164}\x{fe00}-\x{fe0d}\x{feff}\x{ffa0}\x{fff0}-\x{fffb}\x{1bca0}-\x{1bca3}\x{1d173}-\x{1d17a}\x{e0000}-\x{e0fff}';

    private const BARE = '/^[^\x00- "=\x{2028}\x{2029}'.self::HIDDEN.']++$/Du';
    private const BARE_MESSAGE = '/^(?![" ])[^\x00-\x1f\x{2028}\x{2029}'.self::HIDDEN.']++(?<! )$/Du';
    private const SEPARATOR = '/[^ ]=/';
    /** What would read as something that is not a string. */
    private const NO_TEXT = '/^(?:[{[].*|null|true|false|NaN|-?INF|[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)$/D';

    /**
     * @param array|null $context in place of the message's own
     */
    public function format(LogMessage $message, ?array $context = null): string
    {
        return '['.$message->timestamp->format(self::DATE).'] '
            .$this->channel($message->channel).'.'.$message->level.': '
            .$this->message($message->message)
            .$this->fields($context ?? $message->context, '')
            .$this->fields($message->extra, self::EXTRA)
            ."\n";
    }

    private function channel(string $channel): string
    {
        return self::isBare($channel) && !str_contains($channel, ':') ? $channel : self::encode($channel);
    }

    private function message(string $message): string
    {
        return 1 === preg_match(self::BARE_MESSAGE, $message) && 1 !== preg_match(self::SEPARATOR, $message) ? $message : self::encode($message);
    }

    private function fields(array $fields, string $prefix): string
    {
        $line = '';
        $count = 0;
        foreach ($fields as $key => $value) {
            if (++$count > self::MAX_ITEMS) {
                return $line.' '.$prefix.'...="'.self::overItems($fields).'"';
            }
            $line .= ' '.$this->key((string) $key, $prefix).'='.$this->value($value);
        }

        return $line;
    }

    /** A key of the context that looks like one of extra is quoted. */
    private function key(string $key, string $prefix): string
    {
        if (self::isBare($key) && ('' !== $prefix || !str_starts_with($key, self::EXTRA))) {
            return $prefix.$key;
        }

        return $prefix.strtr(self::encode($key), [' ' => '\u0020', '=' => '\u003d']);
    }

    private function value(mixed $value): string
    {
        if (\is_string($value)) {
            return self::isBare($value) && 1 !== preg_match(self::NO_TEXT, $value) ? $value : self::encode($value);
        }
        if (\is_float($value) && !is_finite($value)) {
            return self::notFinite($value);
        }

        return self::encode(self::bounded($value, self::FIELD_DEPTH));
    }

    /** Cuts what Monolog would cut, and spells what JSON cannot. */
    private static function bounded(mixed $value, int $depth): mixed
    {
        if (\is_float($value) && !is_finite($value)) {
            return self::notFinite($value);
        }
        if (!\is_array($value)) {
            return $value;
        }
        if ($depth > self::MAX_DEPTH) {
            return sprintf('Over %d levels deep, aborting normalization', self::MAX_DEPTH);
        }
        $bounded = [];
        foreach ($value as $key => $item) {
            if (\count($bounded) === self::MAX_ITEMS) {
                $bounded['...'] = self::overItems($value);
                break;
            }
            $bounded[$key] = self::bounded($item, $depth + 1);
        }

        return $bounded;
    }

    private static function overItems(array $items): string
    {
        return sprintf('Over %d items (%d total), aborting normalization', self::MAX_ITEMS, \count($items));
    }

    private static function notFinite(float $value): string
    {
        return is_nan($value) ? 'NaN' : ($value > 0 ? 'INF' : '-INF');
    }

    private static function isBare(string $text): bool
    {
        return 1 === preg_match(self::BARE, $text);
    }

    private static function encode(mixed $value): string
    {
        $json = json_encode($value, self::JSON);

        return preg_replace_callback('/['.self::HIDDEN.']/u', static fn (array $match) => "\x7f" === $match[0] ? '\u007f' : substr(json_encode($match[0]), 1, -1), $json) ?? $json;
    }
}
