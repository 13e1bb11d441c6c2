<?php

declare(strict_types=1);

namespace Envelog\Record;

/**
 * Tells which keys hold secrets, and masks secrets within texts.
 *
 * A key is read as words: "apiKey", "X-Api-Key" and "api_key" are "api key". Some words count wherever they stand, some at
 * the end of a word ("accesstoken"), some only as the last word of a key ("X-Auth", but not "auth_method"). A word that
 * tells what kind of value follows ("token_count") makes a key harmless.
 *
 * In a text, what is masked is the value after such a key, in a query string, a form, a header or JSON, the user and
 * password in a URL, the token behind "Bearer" and "Basic", and what the given patterns match.
 */
final class Redactor
{
    public const MASK = '***';

    /** Regular expressions by word, over a key in lower case whose words have a blank on each side. */
    public const DEFAULT_WORDS = [
        // wherever they stand
        'password' => 'password(?!less)', 'passwd' => 'passwd', 'passphrase' => 'passphrase', 'authorization' => 'authorization',
        'credential' => 'credential', 'phpsessid' => 'phpsessid',
        // at the end of a word
        'token' => 'token(?= )', 'secret' => 'secrets?(?= )', 'cookie' => 'cookies?(?= )',
        // as words
        'pwd' => ' pwd(?= )', 'auth_pw' => ' auth (?:pw|digest)(?= )', 'jwt' => ' jwt(?= )', 'cvv' => ' cvv2?(?= )', 'cvc' => ' cvc2?(?= )', 'iban' => ' iban(?= )',
        'tokens' => ' (?:access|refresh|auth|api|csrf|session) tokens(?= )',
        'api_key' => ' api ?keys?(?= )', 'private_key' => ' private ?keys?(?= )', 'access_key' => ' access ?keys?(?= )',
        'signing_key' => ' signing ?keys?(?= )', 'encryption_key' => ' encryption ?keys?(?= )',
        'session_id' => ' session ?ids?(?= )', 'credit_card' => ' credit ?cards?(?= )', 'card_number' => ' card ?numbers?(?= )',
        'database_url' => ' database ?url(?= )',
        // as the last word
        'pass' => ' pass $', 'auth' => ' auth $', 'bearer' => ' bearer $', 'dsn' => ' dsn $', 'otp' => ' t?otp $', 'signature' => ' signature $',
    ];

    /** A last word that says that the value is about the secret, and is not the secret. */
    private const HARMLESS = '(?! (?:counts?|type|length|size|limit|ttl|lifetime|expire[sd]?|expiry|expiration|(?:expires?|valid|issued|created|updated) (?:at|in|until)|usage|used|name|policy) $)';

    /** Names of headers of which each would be a line of a log, too. */
    private const HEADER = '/^((?:proxy-)?authorization|(?:set-)?cookie2?|[\w]+-[\w-]+):[ \t]*+(\S[^\r\n]*+)/im';
    private const HEADER_OF_A_LIST = '/^([\w-]+)\s*:\s*+(\S.*+)$/sD';
    private const USER_INFO = '{(?<=://)(?:[^\s/?#"\'<>]*@|[^\s/?#"\'<>:@]*:(?!\d+(?:[/?#\s]|$))[^\s"\'<>]*@)}';
    private const PAIR = '/(?<![\w.%\]-])([\w.%\[\]-]{2,64})( ?= ?)(?:"[^"]*"|\'[^\']*\'|(?:(?:Bearer|Basic|Digest|Token)\s+)?[^&\s;,"\'<>#]+)/i';
    private const JSON_PAIR = '/"([^"\\\\]{2,64})"(\s*:\s*)("(?:[^"\\\\]|\\\\.)*+"|-?\d[\d.eE+-]*+)/s';
    private const SCHEME = '/\b(Bearer|Basic)\s+[\w.~+\/-]{8,}=*/i';

    /** A text without any of these has nothing to mask in it, but for what patterns match. */
    public const SUSPICIOUS = ':= ';

    public readonly bool $hasPatterns;
    private readonly string $keys;
    /** A regular expression that matches every text in which something may be hidden, but for what patterns match. */
    public readonly string $suspect;

    /**
     * @param string[] $words    added to the default ones; "!word" takes a default one away
     * @param string[] $patterns regular expressions: what they match in texts is masked
     */
    public function __construct(array $words = [], private readonly array $patterns = [])
    {
        $expressions = self::DEFAULT_WORDS;
        $removable = array_combine(array_map(self::fold(...), array_keys($expressions)), array_keys($expressions));
        foreach ($words as $word) {
            if (!\is_string($word) || '' === self::fold(ltrim($word, '!'))) {
                throw new \InvalidArgumentException(sprintf('A redacted word must be a string with a letter in it, %s given.', \is_string($word) ? "\"$word\"" : get_debug_type($word)));
            }
            $folded = self::fold($word);
            if (!str_starts_with($word, '!')) {
                $expressions[$word] = ' '.str_replace(' ', ' ?', preg_quote($folded, '/')).'(?= )';
            } elseif (isset($removable[$folded])) {
                unset($expressions[$removable[$folded]]);
            } else {
                throw new \InvalidArgumentException(sprintf('"!%s" takes away a redacted word that does not exist; the default ones are "%s".', substr($word, 1), implode('", "', array_keys(self::DEFAULT_WORDS))));
            }
        }
        $this->suspect = self::suspicion(array_keys($expressions));
        $this->keys = $expressions ? '/(?:'.implode('|', $expressions).')'.self::HARMLESS.'/' : '';
        self::check($patterns);
        $this->hasPatterns = [] !== $patterns;
    }

    public function hides(string $key): bool
    {
        return '' !== $this->keys && 1 === preg_match($this->keys, ' '.self::fold($key).' ');
    }

    /** Masks the secrets in a text. */
    public function text(string $text): string
    {
        // Most texts have none of these, and a request waits for a regular expression.
        $isPlain = strcspn($text, ':=') === \strlen($text) && !str_contains($text, 'earer ') && !str_contains($text, 'asic ');
        $masked = !$isPlain && 1 === preg_match($this->suspect, $text) ? $this->suspect($text) : $text;
        foreach ($this->patterns as $pattern) {
            $masked = preg_replace($pattern, self::MASK, $masked) ?? self::MASK;
        }

        return $masked;
    }

    private function suspect(string $text): string
    {
        if (str_contains($text, '@') && str_contains($text, '://')) {
            $text = preg_replace(self::USER_INFO, self::MASK.'@', $text) ?? self::MASK;
        }
        if (str_contains($text, '=')) {
            $text = preg_replace_callback(self::PAIR, fn (array $m) => $this->hides(urldecode($m[1])) ? $m[1].$m[2].self::MASK : $m[0], $text) ?? self::MASK;
        }
        if (str_contains($text, ':')) {
            $text = $this->headersAndJson($text);
        }

        return preg_replace(self::SCHEME, '$1 '.self::MASK, $text) ?? self::MASK;
    }

    /** Masks the value of an item such as "Authorization: Basic ..." in a list of headers. */
    public function header(string $item): string
    {
        if (1 === preg_match(self::HEADER_OF_A_LIST, $item, $parts) && $this->hides($parts[1])) {
            return $parts[1].': '.self::MASK;
        }

        return $this->text($item);
    }

    private function headersAndJson(string $text): string
    {
        if (str_contains($text, '":') || str_contains($text, '" :')) {
            $text = preg_replace_callback(self::JSON_PAIR, fn (array $m) => $this->hides($m[1]) ? '"'.$m[1].'"'.$m[2].'"'.self::MASK.'"' : $m[0], $text) ?? self::MASK;
        }

        return preg_replace_callback(self::HEADER, fn (array $m) => $this->hides($m[1]) ? $m[1].': '.self::MASK : $m[0], $text) ?? self::MASK;
    }

    /** The words of a key, in lower case, with blanks between them. */
    private static function fold(string $key): string
    {
        $words = preg_replace(['/(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/', '/[^A-Za-z0-9\x80-\xff]+/'], ' ', $key);

        return trim(strtolower($words));
    }

    /**
     * @param list<string> $words
     */
    private static function suspicion(array $words): string
    {
        $stems = [];
        foreach (['bearer', 'basic', 'refresh', 'csrf', ...$words] as $word) {
            $stem = explode(' ', self::fold($word))[0];
            $stems[$stem[0]][$stem] = preg_quote(substr($stem, 1), '}');
        }
        // By first letter: a request waits for that.
        $groups = array_map(static fn (string $first, array $rests) => preg_quote($first, '}').'(?:'.implode('|', $rests).')', array_map(strval(...), array_keys($stems)), $stems);

        return '{'.implode('|', $groups).'|%|://[^ ]*@}i';
    }

    private static function check(array $patterns): void
    {
        foreach ($patterns as $pattern) {
            if (!\is_string($pattern) || false === @preg_match($pattern, '')) {
                throw new \InvalidArgumentException(sprintf('A pattern must be a regular expression such as "/\b\d{16}\b/", %s given.', \is_string($pattern) ? "\"$pattern\"" : get_debug_type($pattern)));
            }
        }
    }
}
