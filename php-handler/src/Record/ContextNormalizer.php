<?php

declare(strict_types=1);

namespace Envelog\Record;

use Doctrine\Persistence\Proxy;
use Monolog\Formatter\NormalizerFormatter;
use Monolog\Utils;
use ProxyManager\Proxy\LazyLoadingInterface;
use Symfony\Component\VarExporter\LazyObjectInterface;

/**
 * Turns a context of anything into one of scalars and arrays, as Monolog's NormalizerFormatter does, of which the rules
 * for dates, exceptions, floats and resources are taken.
 *
 * It goes further where that would hurt a request. What an object says about itself (format(), jsonSerialize(),
 * __toString()) may throw, and is normalized in turn. A plain object is read property by property and not by way of JSON,
 * so that lazy objects within it are not loaded and a large graph is cut before it is copied. There are limits; what is
 * cut says so. Secrets are masked.
 */
final class ContextNormalizer extends NormalizerFormatter
{
    /** Levels below the record, as in Monolog: the context itself is the first. */
    public const MAX_DEPTH = 9;
    /** Items of one array, as in Monolog. */
    public const MAX_ITEMS = 1000;
    /** Bytes of one string. */
    public const MAX_STRING = 32 * 1024;
    /** Bytes of keys and values of one context, numbers and arrays counting as 8. */
    public const MAX_BYTES = 256 * 1024;

    /** A masked value that is shorter may stand in a message by chance. */
    private const SHORTEST_SECRET = 6;

    private const REMEMBERED_KEYS = 1000;

    /** Whether a text without suspicious characters can be taken unchanged. */
    private readonly bool $isPlain;
    /** @var array<string, bool> whether a key is masked */
    private array $keys = [];
    private int $bytesLeft = 0;
    private int $size = 0;
    /** @var list<string> */
    private array $hidden = [];

    public function __construct(private readonly Redactor $redactor)
    {
        parent::__construct();
        $this->isPlain = !$redactor->hasPatterns;
    }

    public function context(array $context): array
    {
        $this->size = 0;
        $this->hidden = [];
        if (!$context) {
            return [];
        }
        // What the context's own objects log while they are normalized comes through here, too.
        $outer = $this->bytesLeft;
        $this->bytesLeft = self::MAX_BYTES;
        try {
            return $this->items($context, 1, false);
        } finally {
            $this->size = self::MAX_BYTES - $this->bytesLeft;
            $this->bytesLeft = $outer;
        }
    }

    /** The text of a message, without secrets that can be found in it. */
    public function text(string $text): string
    {
        return $this->redactor->text($text);
    }

    /** About how many bytes the last context has, after it was cut. */
    public function size(): int
    {
        return $this->size;
    }

    /** @return list<string> the values that were masked in the last context */
    public function hidden(): array
    {
        return $this->hidden;
    }

    /** What stands in the place of something that threw when it was asked. */
    public static function failure(\Throwable $e): string
    {
        return sprintf('[%s: %s]', Utils::getClass($e), self::cut($e->getMessage()));
    }

    /** Cuts a string that is too long, between characters where it has any, and says how long it was. */
    public static function cut(string $text): string
    {
        $length = \strlen($text);
        if ($length <= self::MAX_STRING) {
            return $text;
        }
        $end = self::MAX_STRING;
        for ($i = 0; $i < 3 && 0x80 === (\ord($text[$end]) & 0xC0); ++$i) {
            --$end;
        }

        return substr($text, 0, $end).sprintf('... (%d of %d bytes)', $end, $length);
    }

    /**
     * @param bool $inObject whether the array belongs to an object: JSON names no class inside of one
     */
    private function items(array $items, int $depth, bool $inObject): array
    {
        $normalized = [];
        $isPair = (isset($items['name']) || isset($items['Name']) || isset($items['key']) || isset($items['header'])) && $this->isHiddenPair($items);
        if (\count($items) > self::MAX_ITEMS) {
            $cut = ['...' => sprintf('Over %d items (%d total), aborting normalization', self::MAX_ITEMS, \count($items))];
            $items = \array_slice($items, 0, self::MAX_ITEMS, true);
        }
        $left = $this->bytesLeft;
        $suspect = $this->redactor->suspect;
        foreach ($items as $key => $item) {
            if ($left <= 0) {
                $cut = ['...' => sprintf('Over %d bytes, aborting normalization', self::MAX_BYTES)];
                break;
            }
            if (\is_string($key)) {
                if (\strlen($key) > self::MAX_STRING) {
                    $key = self::cut($key);
                }
                $left -= \strlen($key);
                if (($this->keys[$key] ?? $this->hides($key)) && null !== $item && !\is_bool($item) || $isPair && self::isValue($key)) {
                    $normalized[$key] = Redactor::MASK;
                    $this->hide($item);
                    continue;
                }
            } elseif (\is_string($item)) {
                $item = $this->redactor->header(self::cut($item));
            }
            // Most values are such, and a request waits for each call.
            if (\is_string($item) && \strlen($item) <= self::MAX_STRING && $this->isPlain && (strcspn($item, Redactor::SUSPICIOUS) === \strlen($item) || 1 !== preg_match($suspect, $item))) {
                $left -= \strlen($item);
                $normalized[$key] = $item;
            } elseif (\is_int($item) || null === $item || \is_bool($item)) {
                $left -= 8;
                $normalized[$key] = $item;
            } else {
                $this->bytesLeft = $left;
                $normalized[$key] = $this->value($item, $depth + 1, $inObject);
                $left = $this->bytesLeft;
            }
        }
        $this->bytesLeft = $left;

        return isset($cut) ? $normalized + $cut : $normalized;
    }

    /** Remembers the answer, so that it costs no call the next time. */
    private function hides(string $key): bool
    {
        if (\count($this->keys) >= self::REMEMBERED_KEYS) {
            $this->keys = [];
        }

        return $this->keys[$key] = $this->redactor->hides($key);
    }

    /** Whether the array is {name: ..., value: ...} of something that is hidden. */
    private function isHiddenPair(array $items): bool
    {
        $name = $items['name'] ?? $items['Name'] ?? $items['key'] ?? $items['header'] ?? null;

        return \is_string($name) && $this->redactor->hides($name);
    }

    private static function isValue(string $key): bool
    {
        return \in_array(strtolower($key), ['value', 'values', 'contents', 'content'], true);
    }

    private function hide(mixed $secret): void
    {
        if (\is_string($secret) && \strlen($secret) >= self::SHORTEST_SECRET && \strlen($secret) <= self::MAX_STRING) {
            $this->hidden[] = $secret;
        } elseif (\is_array($secret)) {
            array_walk_recursive($secret, fn (mixed $part) => \is_string($part) && $this->hide($part));
        }
    }

    private function value(mixed $value, int $depth, bool $inObject): mixed
    {
        if (\is_string($value)) {
            $value = $this->redactor->text(self::cut($value));
            $this->bytesLeft -= \strlen($value);

            return $value;
        }
        $this->bytesLeft -= 8;
        if (null === $value || \is_int($value) || \is_bool($value)) {
            return $value;
        }
        if (\is_float($value)) {
            return is_finite($value) ? $value : parent::normalize($value, $depth);
        }
        if ($depth > self::MAX_DEPTH) {
            return sprintf('Over %d levels deep, aborting normalization', self::MAX_DEPTH);
        }
        if (\is_array($value)) {
            return $this->items($value, $depth, $inObject);
        }
        if (\is_object($value)) {
            return $this->object($value, $depth, $inObject);
        }

        return parent::normalize($value, $depth);
    }

    private function object(object $object, int $depth, bool $inObject): mixed
    {
        if ($object instanceof \DateTimeInterface) {
            return $this->formatDate($object);
        }
        if ($object instanceof \Throwable) {
            return $this->items($this->normalizeException($object, $depth), $depth, true);
        }
        if (self::isLazy($object)) {
            return [self::className($object) => '[not loaded]'];
        }
        try {
            $value = $this->ownValue($object, $inObject ? $depth : $depth + 1, $inObject);
        } catch (\Throwable $e) {
            $value = self::failure($e);
        }

        return $inObject ? $value : [self::className($object) => $value];
    }

    /** What JSON would write for the object; outside of other objects, Monolog prefers its text. */
    private function ownValue(object $object, int $depth, bool $inObject): mixed
    {
        $value = match (true) {
            $object instanceof \JsonSerializable => $object->jsonSerialize(),
            $object instanceof \UnitEnum => $object instanceof \BackedEnum ? $object->value : $object->name,
            $object instanceof \Closure => [],
            $object instanceof \__PHP_Incomplete_Class => ((array) $object)['__PHP_Incomplete_Class_Name'] ?? [],
            !$inObject && $object instanceof \Stringable => $object->__toString(),
            default => self::publicProperties($object),
        };
        if ($value === $object) { // jsonSerialize() may return $this, and then JSON writes its properties
            $value = self::publicProperties($object);
        }

        // Objects may name each other in a circle.
        return $this->value($value, \is_object($value) ? $depth + 1 : $depth, true);
    }

    /** As JSON sees them, which is also how ArrayObject shows its items. */
    private static function publicProperties(object $object): array
    {
        return array_filter((array) $object, static fn (int|string $name) => \is_int($name) || !str_starts_with($name, "\0"), \ARRAY_FILTER_USE_KEY);
    }

    /** A date may be of any class, or may never have been constructed. */
    protected function formatDate(\DateTimeInterface $date): string
    {
        try {
            return parent::formatDate($date);
        } catch (\Throwable $e) {
            return self::failure($e);
        }
    }

    /** Monolog leaves the arguments of the trace out: they are what cannot be serialized, and often secret. */
    protected function normalizeException(\Throwable $e, int $depth = 0): array
    {
        try {
            return parent::normalizeException($e, $depth);
        } catch (\Throwable $failure) { // of an exception that is JsonSerializable
            return ['class' => Utils::getClass($e), 'message' => $e->getMessage(), 'file' => $e->getFile().':'.$e->getLine(), 'envelog_error' => self::failure($failure)];
        }
    }

    private static function isLazy(object $object): bool
    {
        return $object instanceof LazyObjectInterface && !$object->isLazyObjectInitialized()
            || $object instanceof Proxy && !$object->__isInitialized()
            || $object instanceof LazyLoadingInterface && !$object->isProxyInitialized()
            || \PHP_VERSION_ID >= 80400 && (new \ReflectionClass($object))->isUninitializedLazyObject($object);
    }

    /** The class that the application knows, for a generated proxy its parent. */
    private static function className(object $object): string
    {
        $isProxy = $object instanceof LazyObjectInterface || $object instanceof Proxy || $object instanceof LazyLoadingInterface;

        return $isProxy && ($parent = get_parent_class($object)) ? $parent : Utils::getClass($object);
    }
}
