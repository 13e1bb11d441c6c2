<?php

declare(strict_types=1);

namespace Envelog\File;

/**
 * A regular file that is opened without following a link in its place, and without waiting for the reader of a FIFO.
 */
final class LogFile
{
    private const LOCK_ATTEMPTS = 50;
    private const LOCK_PAUSE = 1000; // microseconds
    private const TYPE = 0170000;
    private const REGULAR = 0100000;

    /**
     * @param resource $handle
     */
    private function __construct(private $handle, private readonly string $path, public readonly bool $isNew)
    {
    }

    /**
     * @throws FileFailure
     */
    public static function openToAppend(string $path): self
    {
        return self::open($path, 'a');
    }

    /**
     * Opens a file that is there, to read it and to write over its bytes.
     *
     * @throws FileFailure
     */
    public static function openToChange(string $path): self
    {
        return self::open($path, 'r+');
    }

    /**
     * What is cut short, by a full disk, is taken back: lines stand whole or not at all.
     *
     * @throws FileFailure when the text is not in the file
     */
    public function append(string $text): void
    {
        $this->lock();
        error_clear_last();
        $written = @fwrite($this->handle, $text);
        if ($written !== \strlen($text)) {
            $failure = FileFailure::because('write log file', $this->path);
            if ($written) {
                @ftruncate($this->handle, fstat($this->handle)['size'] - $written);
            }
            throw $failure;
        }
    }

    /** The next line with its end; null at the end of the file, or when the line has no end yet. */
    public function line(): ?string
    {
        $line = fgets($this->handle);

        return false !== $line && str_ends_with($line, "\n") ? $line : null;
    }

    /** Where the next line begins. */
    public function offset(): int
    {
        return (int) ftell($this->handle);
    }

    /**
     * Writes over what stands at an offset, and waits until it is on the disk.
     *
     * @param array<int, string> $changes new bytes by offset
     *
     * @throws FileFailure
     */
    public function change(array $changes): void
    {
        $at = $this->offset();
        foreach ($changes as $offset => $bytes) {
            if (0 !== fseek($this->handle, $offset) || \strlen($bytes) !== @fwrite($this->handle, $bytes)) {
                throw FileFailure::because('change log file', $this->path);
            }
        }
        fseek($this->handle, $at);
        if ($changes && !@fsync($this->handle)) {
            throw FileFailure::because('sync log file', $this->path);
        }
    }

    public function close(): void
    {
        if (\is_resource($this->handle)) {
            fclose($this->handle);
        }
    }

    private static function open(string $path, string $mode): self
    {
        clearstatcache(true, $path);
        if (is_link($path)) {
            throw FileFailure::because('open log file', $path, 'it is a symbolic link, which is not followed');
        }
        $isNew = !file_exists($path);
        error_clear_last();
        // "n": a FIFO without a reader fails, and does not wait for one.
        $handle = @fopen($path, $mode.'n') ?: throw FileFailure::because('open log file', $path);
        $opened = fstat($handle);
        clearstatcache(true, $path);
        $found = @lstat($path);
        if (self::REGULAR !== ($opened['mode'] & self::TYPE) || false === $found || [$found['dev'], $found['ino']] !== [$opened['dev'], $opened['ino']]) {
            fclose($handle);
            throw FileFailure::because('open log file', $path, 'it is not a regular file, or was replaced just now');
        }

        return new self($handle, $path, $isNew);
    }

    /**
     * Whoever has the lock needs it for less than a millisecond. A request does not wait for one that hangs: appending
     * alone keeps lines apart on a local disk.
     */
    private function lock(): void
    {
        for ($i = 0; $i < self::LOCK_ATTEMPTS && !flock($this->handle, \LOCK_EX | \LOCK_NB, $wouldBlock) && $wouldBlock; ++$i) {
            usleep(self::LOCK_PAUSE);
        }
    }
}
