<?php

declare(strict_types=1);

namespace Envelog\File;

use Envelog\LogMessage;

/**
 * Writes messages into <directory>/<channel>-YYYY-MM-DD.log, the day being the record's own, as envelog does: the same
 * names, the same lines, each appended whole under a lock, so that both may write into one directory.
 */
final class LogFiles
{
    /** The key in the context that says why a message was not sent. */
    public const ERROR_KEY = '__messenger_error';

    private const DIRECTORY_MODE = 0750;
    private const FILE_MODE = 0640;
    private const LOCK_ATTEMPTS = 50;
    private const LOCK_PAUSE = 1000; // microseconds

    /**
     * @param int $maxFiles how many days of a channel are kept, 0 for all
     */
    public function __construct(private readonly string $directory, private readonly int $maxFiles = 0, private readonly KeyValueFormatter $formatter = new KeyValueFormatter())
    {
        if ('' === $directory) {
            throw new \InvalidArgumentException('The log directory must not be empty.');
        }
        if ($maxFiles < 0) {
            throw new \InvalidArgumentException(sprintf('The number of files to keep must not be negative, %d given.', $maxFiles));
        }
    }

    /** Where a message of this channel and time stands. */
    public function path(string $channel, \DateTimeInterface $time): string
    {
        return $this->directory.'/'.FileName::of($channel).'-'.$time->format('Y-m-d').'.log';
    }

    /**
     * @param string|null $error why the message stands here and was not sent
     *
     * @throws \RuntimeException when the line is not in its file
     */
    public function write(LogMessage $message, ?string $error = null): void
    {
        $context = null === $error ? $message->context : array_replace($message->context, [self::ERROR_KEY => $error]);
        $path = $this->path($message->channel, $message->timestamp);
        $isNew = !is_file($path);
        $file = $this->open($path);
        try {
            $this->append($file, $path, $this->formatter->format($message, $context));
        } finally {
            fclose($file);
        }
        if ($isNew) {
            @chmod($path, self::FILE_MODE);
            $this->removeOld(FileName::of($message->channel));
        }
    }

    /** @return resource */
    private function open(string $path)
    {
        if (!is_dir($this->directory) && !@mkdir($this->directory, self::DIRECTORY_MODE, true) && !is_dir($this->directory)) {
            throw self::failure('create log directory', $this->directory);
        }

        return @fopen($path, 'a') ?: throw self::failure('open log file', $path);
    }

    /**
     * What is cut short, by a full disk, is taken back: a line stands whole or not at all.
     *
     * @param resource $file
     */
    private function append($file, string $path, string $line): void
    {
        $this->lock($file);
        $written = @fwrite($file, $line);
        if ($written !== \strlen($line)) {
            $failure = self::failure('write log file', $path);
            if ($written) {
                @ftruncate($file, fstat($file)['size'] - $written);
            }
            throw $failure;
        }
    }

    /**
     * Whoever has the lock needs it for less than a millisecond. A request does not wait for one that hangs: appending
     * alone keeps lines apart on a local disk.
     *
     * @param resource $file
     */
    private function lock($file): void
    {
        for ($i = 0; $i < self::LOCK_ATTEMPTS && !flock($file, \LOCK_EX | \LOCK_NB, $wouldBlock) && $wouldBlock; ++$i) {
            usleep(self::LOCK_PAUSE);
        }
    }

    private function removeOld(string $name): void
    {
        if (0 === $this->maxFiles) {
            return;
        }
        $days = preg_grep('/^'.preg_quote($name, '/').'-\d{4}-\d\d-\d\d\.log$/D', @scandir($this->directory) ?: []);
        rsort($days);
        foreach (\array_slice($days, $this->maxFiles) as $day) {
            @unlink($this->directory.'/'.$day);
        }
    }

    private static function failure(string $action, string $path): \RuntimeException
    {
        return new \RuntimeException(sprintf('%s "%s": %s', $action, $path, error_get_last()['message'] ?? 'unknown error'));
    }
}
