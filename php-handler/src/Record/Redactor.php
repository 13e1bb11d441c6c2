<?php

declare(strict_types=1);

namespace Envelog\Record;

/**
 * Tells which keys hold secrets: those that contain one of a list of words. Case does not matter, nor do "_", "-", "."
 * and blanks, on either side: "api_key" hides "apiKey" and "X-Api-Key".
 */
final class Redactor
{
    public const MASK = '***';

    public const DEFAULT_WORDS = [
        'password', 'passwd', 'passphrase', 'pwd', 'auth_pw', 'secret', 'token', 'authorization', 'cookie', 'credential',
        'api_key', 'private_key', 'access_key', 'session_id', 'phpsessid', 'credit_card', 'card_number', 'cvv', 'iban',
    ];

    private const REMEMBERED_KEYS = 1000;

    private readonly string $pattern;
    /** @var array<string, bool> */
    private array $known = [];

    /**
     * @param string[] $words added to the default ones; "!word" takes a default one away
     */
    public function __construct(array $words = [])
    {
        $added = $removed = [];
        foreach ($words as $word) {
            if (!\is_string($word) || '' === self::fold(ltrim($word, '!'))) {
                throw new \InvalidArgumentException(sprintf('A redacted word must be a string with a letter in it, %s given.', \is_string($word) ? "\"$word\"" : get_debug_type($word)));
            }
            if (str_starts_with($word, '!')) {
                $removed[] = self::fold(substr($word, 1));
            } else {
                $added[] = self::fold($word);
            }
        }
        $default = array_map(self::fold(...), self::DEFAULT_WORDS);
        if ($unknown = array_diff($removed, $default)) {
            throw new \InvalidArgumentException(sprintf('"!%s" takes away a redacted word that is none; the default ones are "%s".', reset($unknown), implode('", "', self::DEFAULT_WORDS)));
        }
        $all = array_unique([...array_diff($default, $removed), ...$added]);
        $this->pattern = $all ? '/'.implode('|', array_map(static fn (string $word) => preg_quote($word, '/'), $all)).'/' : '';
    }

    public function hides(string $key): bool
    {
        if (isset($this->known[$key])) {
            return $this->known[$key];
        }
        if (\count($this->known) >= self::REMEMBERED_KEYS) {
            $this->known = [];
        }

        return $this->known[$key] = '' !== $this->pattern && 1 === preg_match($this->pattern, self::fold($key));
    }

    private static function fold(string $key): string
    {
        return str_replace(['_', '-', '.', ' '], '', strtolower($key));
    }
}
