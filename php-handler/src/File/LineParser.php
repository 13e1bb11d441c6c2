<?php

declare(strict_types=1);

namespace Envelog\File;

use Envelog\LogMessage;

/**
 * Reads a line of KeyValueFormatter back into the message that it shows.
 */
final class LineParser
{
    private const STRING = '"[^"\\\\]*+(?:\\\\.[^"\\\\]*+)*+"';

    private string $rest = '';
    private ?int $markAt = null;
    /** @var list<string> */
    private array $marks;

    /**
     * @param string ...$marks keys of the context whose place is wanted, see markAt()
     */
    public function __construct(string ...$marks)
    {
        $this->marks = $marks;
    }

    /** At which byte of the last line one of the marks stands; null when none does. */
    public function markAt(): ?int
    {
        return $this->markAt;
    }

    /** Returns null for what is no such line. */
    public function parse(string $line): ?LogMessage
    {
        $head = '/^\[([^\]]+)\] ('.self::STRING.'|[^" :]+?)\.([A-Z]+): /s';
        if (1 !== preg_match($head, $line, $parts)) {
            return null;
        }
        try {
            $time = new \DateTimeImmutable($parts[1]);
            $channel = self::decode($parts[2]);
            $this->rest = rtrim(substr($line, \strlen($parts[0])), "\n");
            $message = $this->message();
            $this->markAt = null;
            [$context, $extra] = $this->fields(\strlen(rtrim($line, "\n")));
        } catch (\Throwable) {
            return null;
        }

        return new LogMessage($channel, $parts[3], $message, $context, $extra, $time);
    }

    /** The text up to the first field; it is quoted where it has something in it that looks like one. */
    private function message(): string
    {
        if (null !== $quoted = $this->take('/^'.self::STRING.'/s')) {
            return self::decode($quoted);
        }
        // A bare message has no "=" behind anything but a blank.
        if (1 !== preg_match('/[^ ]=/', $this->rest, $match, \PREG_OFFSET_CAPTURE)) {
            $message = $this->rest;
            $this->rest = '';

            return $message;
        }
        $end = strrpos(substr($this->rest, 0, $match[0][1] + 1), ' ');
        if (false === $end) {
            throw new \UnexpectedValueException('a field in the place of the message');
        }
        $message = substr($this->rest, 0, $end);
        $this->rest = substr($this->rest, $end);

        return $message;
    }

    /** @return array{array, array} context and extra */
    private function fields(int $length): array
    {
        $context = $extra = [];
        while ('' !== $this->rest) {
            $isExtra = null !== $this->take('/^ extra\./');
            if (!$isExtra && null === $this->take('/^ /')) {
                throw new \UnexpectedValueException('no field');
            }
            $key = $this->take('/^'.self::STRING.'(?==)/s') ?? $this->take('/^[^ ="]+/') ?? throw new \UnexpectedValueException('no key');
            if (!$isExtra && \in_array($key, $this->marks, true)) {
                $this->markAt = $length - \strlen($this->rest) - \strlen($key);
            }
            $this->take('/^=/') ?? throw new \UnexpectedValueException('no value');
            $value = $this->value();
            if ($isExtra) {
                $extra[self::decode($key)] = $value;
            } else {
                $context[self::decode($key)] = $value;
            }
        }

        return [$context, $extra];
    }

    private function value(): mixed
    {
        if (null !== $quoted = $this->take('/^'.self::STRING.'/s')) {
            return self::decode($quoted);
        }
        if (null !== $array = $this->takeArray()) {
            return json_decode($array, true, 512, \JSON_THROW_ON_ERROR);
        }
        $bare = $this->take('/^[^ ]*/') ?? '';

        return match (true) {
            'null' === $bare => null,
            'true' === $bare, 'false' === $bare => 'true' === $bare,
            'NaN' === $bare => \NAN,
            'INF' === $bare, '-INF' === $bare => 'INF' === $bare ? \INF : -\INF,
            1 === preg_match('/^-?\d+$/D', $bare) => \is_int($int = json_decode($bare)) ? $int : $bare,
            1 === preg_match('/^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/D', $bare) => (float) $bare,
            default => $bare,
        };
    }

    /** Takes the JSON array or object at the beginning of what is left. */
    private function takeArray(): ?string
    {
        if (1 !== strspn($this->rest, '[{', 0, 1)) {
            return null;
        }
        $depth = 0;
        $at = 0;
        do {
            $at += strcspn($this->rest, '"[]{}', $at);
            $character = $this->rest[$at] ?? throw new \UnexpectedValueException('an array without an end');
            if ('"' === $character) {
                for (++$at; '"' !== ($this->rest[$at += strcspn($this->rest, '"\\', $at)] ?? '"'); $at += 2);
            } else {
                $depth += str_contains('[{', $character) ? 1 : -1;
            }
            ++$at;
        } while ($depth > 0);
        $array = substr($this->rest, 0, $at);
        $this->rest = substr($this->rest, $at);

        return $array;
    }

    /** Takes what the pattern matches from the beginning of what is left. */
    private function take(string $pattern): ?string
    {
        if (1 !== preg_match($pattern, $this->rest, $match)) {
            return null;
        }
        $this->rest = substr($this->rest, \strlen($match[0]));

        return $match[0];
    }

    private static function decode(string $text): string
    {
        return str_starts_with($text, '"') ? json_decode($text, true, 512, \JSON_THROW_ON_ERROR) : $text;
    }
}
