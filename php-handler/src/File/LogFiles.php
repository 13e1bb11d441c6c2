<?php

declare(strict_types=1);

namespace Envelog\File;

use Envelog\LogMessage;

/**
 * Writes messages into <directory>/<channel>-YYYY-MM-DD.log, the day being the record's own, as envelog does: the same
 * names, the same lines, each appended whole under a lock, so that both may write into one directory. Modes of files and
 * directories are the umask's and the ACL's to decide, unless one is given.
 */
final class LogFiles
{
    /** The key in the context that says why a message was not sent. */
    public const ERROR_KEY = '__messenger_error';
    /** The key in the context with the id of a message that may have been sent nevertheless. */
    public const ID_KEY = '__messenger_id';

    /**
     * @param int      $maxFiles   how many days of a channel are kept, 0 for all
     * @param int|null $permission mode of new files; null for what the umask leaves
     */
    public function __construct(private readonly string $directory, private readonly int $maxFiles = 0, private readonly ?int $permission = null, private readonly KeyValueFormatter $formatter = new KeyValueFormatter())
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
     * @throws \RuntimeException when the line is not in its file
     */
    public function write(LogMessage $message): void
    {
        if ($lost = $this->writeAll([new Entry($message)])) {
            throw $lost[0];
        }
    }

    /**
     * Writes the entries in order; each file is opened once.
     *
     * @param list<Entry> $entries
     *
     * @return array{\Throwable, int}|null the first failure, and how many entries are in no file; null when all are
     */
    public function writeAll(array $entries): ?array
    {
        $lines = $channels = $counts = [];
        $failure = null;
        $lost = 0;
        foreach ($entries as $entry) {
            $path = $this->path($entry->message->channel, $entry->message->timestamp);
            $lines[$path] = ($lines[$path] ?? '').$this->line($entry);
            $counts[$path] = ($counts[$path] ?? 0) + 1;
            $channels[$path] = $entry->message->channel;
        }
        foreach ($lines as $path => $text) {
            try {
                $this->append($path, $text, $channels[$path]);
            } catch (\Throwable $e) {
                $failure ??= $e;
                $lost += $counts[$path];
            }
        }

        return null === $failure ? null : [$failure, $lost];
    }

    private function line(Entry $entry): string
    {
        if (null === $entry->error) {
            return $this->formatter->format($entry->message);
        }
        $why = [self::ERROR_KEY => $entry->error] + (null === $entry->id ? [] : [self::ID_KEY => $entry->id]);

        return $this->formatter->format($entry->message, array_replace($entry->message->context, $why));
    }

    private function append(string $path, string $text, string $channel): void
    {
        if (!is_dir($this->directory) && !@mkdir($this->directory, 0777, true) && !is_dir($this->directory)) {
            throw FileFailure::because('create log directory', $this->directory);
        }
        $file = LogFile::openToAppend($path);
        try {
            $file->append($text);
        } finally {
            $file->close();
        }
        if ($file->isNew) {
            if (null !== $this->permission) {
                @chmod($path, $this->permission);
            }
            $this->removeOld(FileName::of($channel));
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
}
