<?php

declare(strict_types=1);

namespace Envelog\Record;

use Doctrine\Persistence\Proxy;
use Monolog\Utils;
use ProxyManager\Proxy\LazyLoadingInterface;
use Symfony\Component\VarExporter\LazyObjectInterface;

/**
 * Turns a context of anything into one of scalars and arrays, by the rules of Monolog's NormalizerFormatter: an object
 * becomes {"Class": its JSON value or its text or its public properties}, a date a string, an exception {class, message,
 * code, file, trace, previous}, a resource "[resource(type)]", a float that JSON has no word for its name.
 *
 * It goes further than Monolog where that would hurt a request: what an object says about itself (jsonSerialize(),
 * __toString()) may throw, and is normalized in turn; a lazy object is not loaded; and there are limits. What is cut
 * says so.
 */
final class ContextNormalizer
{
    /** Levels below the record, as in Monolog: the context itself is the first. */
    public const MAX_DEPTH = 9;
    /** Items of one array, as in Monolog. */
    public const MAX_ITEMS = 1000;
    /** Bytes of one string. */
    public const MAX_STRING = 32 * 1024;
    /** Bytes of keys and values of one context, numbers and arrays counting as 8. */
    public const MAX_BYTES = 256 * 1024;

    private const DATE = 'Y-m-d\TH:i:sP';

    private int $bytesLeft = 0;

    public function __construct(private readonly Redactor $redactor)
    {
    }

    public function normalize(array $context): array
    {
        if (!$context) {
            return [];
        }
        // What the context's own objects log while they are normalized comes through here, too.
        $outer = $this->bytesLeft;
        $this->bytesLeft = self::MAX_BYTES;
        try {
            return $this->items($context, 1, false);
        } finally {
            $this->bytesLeft = $outer;
        }
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
        $count = 0;
        foreach ($items as $key => $item) {
            if (++$count > self::MAX_ITEMS) {
                $normalized['...'] = sprintf('Over %d items (%d total), aborting normalization', self::MAX_ITEMS, \count($items));
                break;
            }
            if ($this->bytesLeft <= 0) {
                $normalized['...'] = sprintf('Over %d bytes, aborting normalization', self::MAX_BYTES);
                break;
            }
            if (\is_string($key)) {
                $key = self::cut($key);
                $this->bytesLeft -= \strlen($key);
                if (null !== $item && !\is_bool($item) && $this->redactor->hides($key)) {
                    $normalized[$key] = Redactor::MASK;
                    continue;
                }
            }
            $normalized[$key] = $this->value($item, $depth + 1, $inObject);
        }

        return $normalized;
    }

    private function value(mixed $value, int $depth, bool $inObject): mixed
    {
        if (\is_string($value)) {
            $value = self::cut($value);
            $this->bytesLeft -= \strlen($value);

            return $value;
        }
        $this->bytesLeft -= 8;
        if (null === $value || \is_int($value) || \is_bool($value)) {
            return $value;
        }
        if (\is_float($value)) {
            return self::float($value);
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

        return \is_resource($value) ? sprintf('[resource(%s)]', get_resource_type($value)) : sprintf('[unknown(%s)]', \gettype($value));
    }

    private static function float(float $value): float|string
    {
        return match (true) {
            is_nan($value) => 'NaN',
            is_infinite($value) => $value > 0 ? 'INF' : '-INF',
            default => $value,
        };
    }

    private function object(object $object, int $depth, bool $inObject): mixed
    {
        if ($object instanceof \DateTimeInterface) {
            return $object->format(self::DATE);
        }
        if ($object instanceof \Throwable) {
            return $this->exception($object, $depth);
        }
        if (self::isLazy($object)) {
            return [self::className($object) => '[not loaded]'];
        }
        try {
            $value = $this->ownValue($object, $inObject ? $depth : $depth + 1, $inObject);
        } catch (\Throwable $e) {
            $value = sprintf('[%s: %s]', Utils::getClass($e), self::cut($e->getMessage()));
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

    /** Arguments in the trace are left out: they are what cannot be serialized, and often secret. */
    private function exception(\Throwable $e, int $depth): array|string
    {
        if ($depth > self::MAX_DEPTH) {
            return sprintf('Over %d levels deep, aborting normalization', self::MAX_DEPTH);
        }
        $data = [
            'class' => Utils::getClass($e),
            'message' => $e->getMessage(),
            'code' => $e->getCode(),
            'file' => $e->getFile().':'.$e->getLine(),
        ];
        foreach ($e->getTrace() as $frame) {
            if (isset($frame['file'])) {
                $data['trace'][] = $frame['file'].':'.($frame['line'] ?? 0);
            }
        }
        $data = $this->items($data, $depth, true);
        if ($e->getPrevious()) {
            $data['previous'] = $this->exception($e->getPrevious(), $depth + 1);
        }

        return $data;
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
