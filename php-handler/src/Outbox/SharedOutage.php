<?php

declare(strict_types=1);

namespace Envelog\Outbox;

/**
 * The outage of a transport as the processes of a host share it: since when, until when nobody tries again, and why. It is
 * kept in a file of the first directory that can be written, or else in APCu, or else in a file of the system's temporary
 * directory. Where none of the three is there, each process finds out for itself, and says so once.
 *
 * The file is replaced and never opened for writing, so that a link in its place is not followed, and believed only when
 * it belongs to the user of this process.
 */
final class SharedOutage
{
    private const FORMAT = "%d %d\n%s";

    private readonly string $name;
    private ?string $file = null;
    private bool $complained = false;

    /**
     * @param string      $key       what is shared: processes with another key do not see it
     * @param string|null $directory preferred for the file
     * @param string|null $temporary the directory of last resort, by default the system's
     */
    public function __construct(string $key, private readonly ?string $directory, private readonly ?string $temporary = null)
    {
        $this->name = 'envelog-'.substr(hash('sha256', $key), 0, 16).'.down';
    }

    /**
     * @return array{int, int, string}|null unix times of begin and next attempt, and the reason
     */
    public function read(): ?array
    {
        foreach ($this->files() as $file) {
            clearstatcache(true, $file);
            if (is_file($file) && !is_link($file) && (!\function_exists('posix_geteuid') || @fileowner($file) === posix_geteuid())) {
                return self::parse((string) @file_get_contents($file));
            }
        }
        if (self::hasApcu() && \is_string($text = apcu_fetch($this->name))) {
            return self::parse($text);
        }

        return null;
    }

    /** @return bool|null whether it was not there before; null when it can be written nowhere */
    public function write(int $since, int $until, string $reason): ?bool
    {
        $text = sprintf(self::FORMAT, $since, $until, $reason);
        $files = $this->files();
        if (null !== $this->directory && null !== $isNew = $this->replace(array_shift($files), $text)) {
            return $isNew;
        }
        if (self::hasApcu()) {
            if (apcu_add($this->name, $text)) {
                return true;
            }
            if (apcu_store($this->name, $text)) {
                return false;
            }
        }
        foreach ($files as $file) {
            if (null !== $isNew = $this->replace($file, $text)) {
                return $isNew;
            }
        }
        if (!$this->complained) {
            $this->complained = true;
            OutageNotifier::write(sprintf('Processes cannot tell each other about an outage: neither "%s" nor the temporary directory "%s" can be written, and APCu is not enabled. Each process waits for itself.', $this->directory, $this->temporaryDirectory()));
        }

        return null;
    }

    /** @return bool whether it was there, and this process is the one that has removed it */
    public function remove(): bool
    {
        $removed = false;
        foreach ($this->files() as $file) {
            $removed = (is_file($file) || is_link($file)) && @unlink($file) || $removed;
        }

        return self::hasApcu() && apcu_delete($this->name) || $removed;
    }

    /** @return bool|null whether there was none before; null when it cannot be written */
    private function replace(string $file, string $text): ?bool
    {
        $temporary = $file.'.'.bin2hex(random_bytes(4));
        if (!$handle = @fopen($temporary, 'x')) {
            return null;
        }
        $whole = \strlen($text) === @fwrite($handle, $text);
        fclose($handle);
        // A link fails where the name exists: of two processes that find the outage, one is the first.
        $isNew = $whole && @link($temporary, $file);
        if ($isNew || !$whole || !@rename($temporary, $file)) {
            @unlink($temporary);
        }

        return $whole ? $isNew : null;
    }

    /** @return list<string> */
    private function files(): array
    {
        return array_values(array_filter([null === $this->directory ? null : $this->directory.'/'.$this->name, $this->temporaryFile()]));
    }

    private function temporaryFile(): string
    {
        return $this->file ??= $this->temporaryDirectory().'/'.(\function_exists('posix_geteuid') ? posix_geteuid().'-' : '').$this->name;
    }

    private function temporaryDirectory(): string
    {
        return $this->temporary ?? sys_get_temp_dir();
    }

    /** @return array{int, int, string}|null */
    private static function parse(string $text): ?array
    {
        return 1 === preg_match('/^(\d{1,11}) (\d{1,11})\n(.*)$/sD', $text, $parts) ? [(int) $parts[1], (int) $parts[2], $parts[3]] : null;
    }

    private static function hasApcu(): bool
    {
        return \function_exists('apcu_enabled') && apcu_enabled();
    }
}
