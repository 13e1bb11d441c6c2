<?php

declare(strict_types=1);

namespace Envelog\Redis;

/**
 * The arguments of one XADD.
 */
final class StreamEntry
{
    /**
     * @param list<string> $fields      names and values in turn
     * @param int          $maxLength   to which the stream is trimmed; 0 for not at all
     * @param bool         $approximate whether about that many entries will do
     */
    public function __construct(public readonly string $stream, public readonly array $fields, public readonly int $maxLength, public readonly bool $approximate)
    {
    }
}
