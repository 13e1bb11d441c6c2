<?php

declare(strict_types=1);

namespace Envelog\File;

/**
 * The one path element that stands for a channel in file names, by the rule of envelog: letters and digits of any
 * script, "_", "." and "-" stand for themselves; everything else, and a leading "." or "-", is percent-encoded. No
 * channel is "%empty", the channel "overflow" is "%6Fverflow". What would be longer than 200 bytes ends early, in "%~"
 * and the first 32 hex digits of the channel's SHA-256. So a name can neither leave its directory nor be another's.
 */
final class FileName
{
    private const LIMIT = 200;
    private const SHORT_TAIL = 2 + 32;

    public static function of(string $channel): string
    {
        if (1 === preg_match('/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}$/D', $channel) && 'overflow' !== $channel) {
            return $channel;
        }

        return match ($channel) {
            '' => '%empty',
            'overflow' => '%6Fverflow',
            default => self::encode($channel),
        };
    }

    private static function encode(string $channel): string
    {
        $name = '';
        $cut = 0;
        foreach (self::characters($channel) as $character) {
            $plain = 1 === preg_match('' === $name ? '/^[\p{L}\p{Nd}_]$/Du' : '/^[\p{L}\p{Nd}_.-]$/Du', $character);
            $name .= $plain ? $character : self::escape($character);
            if (\strlen($name) > self::LIMIT) {
                return substr($name, 0, $cut).'%~'.substr(hash('sha256', $channel), 0, 32);
            }
            if (\strlen($name) <= self::LIMIT - self::SHORT_TAIL) {
                $cut = \strlen($name);
            }
        }

        return $name;
    }

    /**
     * @return iterable<string> each character; bytes that are not UTF-8 one by one
     */
    private static function characters(string $bytes): iterable
    {
        for ($i = 0; $i < \strlen($bytes); $i += \strlen($character)) {
            $size = match (true) {
                $bytes[$i] < "\xC2" => 1,
                $bytes[$i] < "\xE0" => 2,
                $bytes[$i] < "\xF0" => 3,
                default => 4,
            };
            $character = substr($bytes, $i, $size);
            if (1 !== preg_match('//u', $character)) {
                $character = $bytes[$i];
            }
            yield $character;
        }
    }

    private static function escape(string $bytes): string
    {
        return '%'.implode('%', str_split(strtoupper(bin2hex($bytes)), 2));
    }
}
